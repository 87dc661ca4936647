/** The service's own HTTPS certificate: issued by its CA through the same steps as everybody's, and renewed in time. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import type { Authority, Caller } from '../ca/authority.js'
import { buildCsr } from '../ca/build-csr.js'
import { parseIp } from '../ca/ip-address.js'
import { parseDistinguishedName } from '../ca/name.js'
import { pem } from '../ca/pem.js'
import type { Clock } from '../ca/ports.js'
import type { DataFolder } from './data-folder.js'
import { readIfThere, writeDurably } from './secret-file.js'

export interface HttpsCertificate {
  /** PEM, PKCS#8. */
  readonly key: string
  /** PEM: leaf first, then the CA certificates. */
  readonly certificates: string
  readonly notAfter: Date
}

export interface HttpsCertificateDeps {
  readonly authority: Authority
  /** The service itself as a caller; its token can never be used. */
  readonly caller: Caller
  readonly folder: DataFolder
  readonly clock: Clock
  /** DNS names and IP addresses under which clients reach the HTTPS listener; at least one. */
  readonly names: readonly string[]
}

/** Part of the lifetime after which a new certificate is issued: a third is left to mend what hinders it. */
const RENEW_AFTER = 2 / 3
/** Longest commonName of X.520; a longer host name stands in the SAN alone. */
const MAX_COMMON_NAME = 64

/** The stored certificate where it fits names, CA and clock, else a new one with a new key. */
export async function openHttpsCertificate(deps: HttpsCertificateDeps): Promise<HttpsCertificate> {
  const [key, certificates] = await Promise.all([readIfThere(deps.folder.https.key), readIfThere(deps.folder.https.certificates)])
  if (key && certificates && fits(deps, key, certificates)) return describe(key, certificates)
  return issueHttpsCertificate(deps)
}

/** Whether it is time for a new one. */
export function isRenewalDue(certificates: string, now: Date): boolean {
  return isDue(new X509Certificate(certificates), now)
}

function isDue(leaf: X509Certificate, now: Date): boolean {
  const from = Date.parse(leaf.validFrom)
  return now.getTime() >= from + (Date.parse(leaf.validTo) - from) * RENEW_AFTER
}

async function issueHttpsCertificate(deps: HttpsCertificateDeps): Promise<HttpsCertificate> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const [first = 'localhost'] = deps.names
  const subject = parseDistinguishedName(first.length <= MAX_COMMON_NAME && !parseIp(first) ? `CN=${first}` : 'CN=lab-pki')
  const dns = deps.names.filter((name) => !parseIp(name))
  const ip = deps.names.filter((name) => parseIp(name))
  const paste = buildCsr({ subject, privateKey, subjectAltNames: dns.map((value) => ({ type: 'dns', value })) })
  const answer = await deps.authority.submitRequest(deps.caller, {
    paste,
    subjectAltNames: ip.length > 0 ? { ip } : {},
    comment: 'HTTPS certificate of this service',
  })
  if (!('view' in answer) || !answer.view.certificate) throw new Error('no certificate was issued for the HTTPS listener')
  const chain = deps.authority.chainFor(answer.view.certificate).slice(0, -1)
  const certificates = [answer.view.certificate.pem, ...chain.map((der) => pem('CERTIFICATE', der))].join('')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  // The key first: a crash between the two leaves a pair that does not fit, and the next start issues anew.
  await writeDurably(deps.folder.https.key, key)
  await writeDurably(deps.folder.https.certificates, certificates)
  return describe(key, certificates)
}

function fits(deps: HttpsCertificateDeps, key: string, certificates: string): boolean {
  try {
    return isFor(deps, createPrivateKey(key), new X509Certificate(certificates))
  } catch {
    // Unreadable: another one is issued, since nothing depends on this one.
    return false
  }
}

function isFor(deps: HttpsCertificateDeps, key: KeyObject, leaf: X509Certificate): boolean {
  const [issuing] = deps.authority.publication.chain()
  return (
    leaf.checkPrivateKey(key) &&
    issuing !== undefined &&
    leaf.verify(new X509Certificate(issuing).publicKey) &&
    !isDue(leaf, deps.clock()) &&
    deps.names.every((name) => (parseIp(name) ? leaf.checkIP(name) : leaf.checkHost(name)) !== undefined)
  )
}

function describe(key: string, certificates: string): HttpsCertificate {
  return { key, certificates, notAfter: new Date(new X509Certificate(certificates).validTo) }
}
