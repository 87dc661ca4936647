/** A certificate, alone or in its request, in the form that was chosen. */
import { importPaste } from '../asa/import.js'
import { showCertificates } from '../asa/show-certificates.js'
import type { CertificateView, RequestView } from '../ca/authority.js'
import { degeneratePkcs7 } from '../ca/cms.js'
import { pem } from '../ca/pem.js'
import { CaError } from '../errors.js'
import { type Choice, type Format, MEDIA_TYPES } from './formats.js'
import { certificateShape, requestShape, rfc3339 } from './shapes.js'

export interface Rendered {
  readonly contentType: string
  readonly body: Buffer
}

export interface RenderOptions {
  readonly choice: Choice
  readonly trustpoint: string
  /** DER of the CA certificates from the issuer to the root. */
  readonly chain: readonly Buffer[]
}

/** A certificate by itself. */
export function renderCertificate(view: CertificateView, options: RenderOptions): Rendered {
  const { format, asaInJson } = options.choice
  if (format === 'json') return json(certificateShape(view, asaInJson ? asaParts(view, options) : undefined))
  return { contentType: contentTypeOf(format), body: body(format, view, options) }
}

/**
 * A request; every form but JSON shows the certificate alone.
 * @throws CaError `not-acceptable` where there is no certificate to show.
 */
export function renderRequest(view: RequestView, options: RenderOptions): Rendered {
  const { format, asaInJson } = options.choice
  const { certificate } = view
  if (format === 'json') return json(requestShape(view, asaInJson && certificate ? asaParts(certificate, options) : undefined))
  if (certificate) return renderCertificate(certificate, options)
  throw new CaError('not-acceptable', `request ${view.id} is ${view.status} and has no certificate to show; use format=json`)
}

function json(value: unknown): Rendered {
  return { contentType: 'application/json; charset=utf-8', body: Buffer.from(JSON.stringify(value)) }
}

function contentTypeOf(format: Format): string {
  return MEDIA_TYPES[format] === 'text/plain' ? 'text/plain; charset=utf-8' : MEDIA_TYPES[format]
}

function body(format: Exclude<Format, 'json'>, view: CertificateView, { chain, trustpoint }: RenderOptions): Buffer {
  const [issuerDer] = chain
  switch (format) {
    case 'pem':
      return Buffer.from(view.pem)
    case 'der':
      return view.certificateDer
    case 'chain':
      return Buffer.from(view.pem + chain.map((der) => pem('CERTIFICATE', der)).join(''))
    case 'p7b':
      return degeneratePkcs7([view.certificateDer, ...chain])
    case 'text':
      if (!issuerDer) throw new CaError('issuer-unavailable', `the CA certificate of ${view.serial} is not here`)
      return Buffer.from(showCertificates({ identityDer: view.certificateDer, caDer: issuerDer, trustpoint }))
    case 'asa':
      return Buffer.from(asaPaste(view, trustpoint).text)
  }
}

function asaParts(view: CertificateView, { trustpoint }: RenderOptions) {
  const { command, body, ifAsked } = asaPaste(view, trustpoint)
  return { command, body, ifAsked: ifAsked.map(({ prompt, answer, why }) => ({ prompt, answer, why })) }
}

function asaPaste(view: CertificateView, trustpoint: string) {
  return importPaste({
    trustpoint,
    certificateDer: view.certificateDer,
    comments: [
      `certificate ${view.serial} of ${view.issuerSubject}`,
      `for ${view.subjectAltNames.join(', ')}`,
      `valid until ${rfc3339(view.notAfter)}`,
    ],
  })
}
