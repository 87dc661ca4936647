/** What goes into `crypto ca import`: the certificate that an ASA's request was signed to. */
import { pem } from '../ca/pem.js'
import { consoleBody, consolePaste } from './console-paste.js'
import { checkTrustpoint } from './trustpoint.js'

/** A question that some consoles ask first; a person answers it, because a paste cannot know whether it comes. */
export interface ConsoleQuestion {
  readonly prompt: string
  readonly answer: string
  readonly why: string
}

export interface ImportPaste {
  /** The whole: comments, command, block, end word. */
  readonly text: string
  readonly command: string
  /** What the console asks for after the command: the block and the end word. */
  readonly body: string
  readonly ifAsked: readonly ConsoleQuestion[]
}

/** The ASA asks before it reads the certificate, so what was pasted behind the command would be taken as the answer. */
const QUESTIONS: readonly ConsoleQuestion[] = [
  {
    prompt: 'Would you like to continue with this enrollment? [yes/no]:',
    answer: 'yes',
    why:
      "the trustpoint's fqdn is not the ASA's own name (%WARNING: ... configured with an fqdn that differs from the system fqdn): " +
      'enter the command alone, answer, and paste the body then',
  },
]

/**
 * The finished paste for `crypto ca import TRUSTPOINT certificate`.
 * @param options.comments lines for the reader, put before the command; anything but printable ASCII is replaced.
 * @throws CaError `trustpoint-syntax`.
 */
export function importPaste(options: {
  readonly trustpoint: string
  readonly certificateDer: Buffer
  readonly comments: readonly string[]
}): ImportPaste {
  checkTrustpoint(options.trustpoint)
  const command = `crypto ca import ${options.trustpoint} certificate`
  const block = pem('CERTIFICATE', options.certificateDer)
  return {
    text: consolePaste({ comments: options.comments, command, pem: block }),
    command,
    body: consoleBody(block),
    ifAsked: QUESTIONS,
  }
}
