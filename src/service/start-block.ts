/** What the service says on stdout when it is ready: where everything is, and one line that issues a first certificate. */
import { fingerprints } from '../asa/fingerprint.js'

export interface StartFacts {
  readonly caName: string
  readonly created: boolean
  readonly rootDer: Buffer
  /** `http://127.0.0.1:8080`, as reached from this machine. */
  readonly httpUrl: string
  readonly httpsUrl: string | undefined
  readonly publicUrl: string
  readonly publicUrlIsLoopback: boolean
  /** Whether plain HTTP carries the API from this machine. */
  readonly adminToken: { readonly file: string } | { readonly variable: string } | { readonly kept: string }
  /** Absolute path of the root certificate in PEM. */
  readonly rootPem: string
  /** Absolute path of the committed console capture. */
  readonly example: string
}

export function startBlock(facts: StartFacts): string {
  const prints = fingerprints(facts.rootDer)
  const api = facts.httpsUrl ?? facts.httpUrl
  const lines = [
    `${facts.caName} is ${facts.created ? 'made and ' : ''}ready.`,
    '',
    `  Swagger UI         ${api}/docs`,
    `  public PKI files   ${facts.publicUrl}/pki/root.pem  …/root.crl  …/fingerprints  …/asa-authenticate`,
    `  admin token        ${tokenSentence(facts)}`,
    '',
    '  root fingerprints',
    `    SHA-256          ${prints.sha256}`,
    `    SHA-1            ${prints.sha1}`,
    `    MD5              ${prints.md5Asa}   (what the ASA shows at \`crypto ca authenticate\`)`,
    '',
    '  sign an example request now:',
    `    ${curlLine(facts)}`,
  ]
  if (facts.publicUrlIsLoopback) {
    lines.push(
      '',
      `  WARNING: certificates carry CRL and CA addresses under ${facts.publicUrl}, which only this machine can reach.`,
      '  For a lab network set LAB_PKI_PUBLIC_URL before you issue certificates that others shall check (see README).',
    )
  }
  return `${lines.join('\n')}\n`
}

function tokenSentence(facts: StartFacts): string {
  if ('file' in facts.adminToken) return `in ${facts.adminToken.file} (0600; may be deleted once you keep it elsewhere)`
  if ('variable' in facts.adminToken) return `the value of ${facts.adminToken.variable}`
  return facts.adminToken.kept
}

function curlLine(facts: StartFacts): string {
  const token =
    'file' in facts.adminToken
      ? `$(cat ${shellWord(facts.adminToken.file)})`
      : 'variable' in facts.adminToken
        ? `$${facts.adminToken.variable}`
        : '$TOKEN'
  const trust = facts.httpsUrl ? `--cacert ${shellWord(facts.rootPem)} ` : ''
  const base = facts.httpsUrl ?? facts.httpUrl
  return `curl -sS ${trust}-H "Authorization: Bearer ${token}" --data-binary @${shellWord(facts.example)} '${base}/v1/requests?template=WebServer&format=pem'`
}

/** A path as one word of a shell, also inside `$(…)`. */
function shellWord(path: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
