/** A small CA with fixed keys, serials and clock, and requests made by hand, also such as no device would make. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { buildRootCertificate } from '../../src/ca/ca-certificate.js'
import { type CertificationRequest, parseCsr } from '../../src/ca/csr.js'
import { readDer, TAG } from '../../src/ca/der.js'
import { bitString, der, derNull, explicit, integer, octetString, oid, sequence, setOf } from '../../src/ca/der-writer.js'
import { encodeSubjectAltName, type GeneralName } from '../../src/ca/general-name.js'
import { createIssuer, type Issuer } from '../../src/ca/issuer.js'
import { type Name, parseDistinguishedName, parseName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import type { IssuerSlug } from '../../src/ca/ports.js'
import { parseSubjectPublicKey, spkiSha256 } from '../../src/ca/public-key.js'
import { type Signer, signerFromKey } from '../../src/ca/signer.js'
import { assembleCertificate, buildTbsCertificate, type CertificateContent } from '../../src/ca/tbs.js'
import { loadTemplates, type Template } from '../../src/ca/template.js'

export const NOW = new Date('2026-03-01T12:00:00Z')
export const PUBLIC_URL = 'http://pki.lab.example'
export const SERIAL = '4a0b1c2d3e4f5061728394a5b6c7d8e9'
export const ROOT_SERIAL = '5500000000000000000000000000000a'

/** Valid under the clock of any machine that runs these tests, since some programs know no other clock. */
export const LONG_LIVED = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2037-12-31T23:59:59Z') } as const

const ROOT = new URL('../../', import.meta.url)

export function testKey(name: 'ca-rsa2048' | 'ca-p256' | 'ca-p384' | 'leaf-rsa2048' | 'leaf-p256'): KeyObject {
  return createPrivateKey(readFileSync(new URL(`test/fixtures/issuance/${name}.key.pem`, ROOT)))
}

/** The templates that the service ships. */
export function shippedTemplates(): ReadonlyMap<string, Template> {
  const folder = new URL('templates/', ROOT)
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return loadTemplates(files.sort().map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') })))
}

export function shippedTemplate(name: 'WebServer' | 'VPNGateway'): Template {
  const template = shippedTemplates().get(name)
  if (!template) throw new Error(`no template ${name}`)
  return template
}

/** A root `CN=lab-PKI-CA` over a fixed key, valid from 2020 through 2037. */
export async function testRoot(key: 'ca-rsa2048' | 'ca-p256' | 'ca-p384'): Promise<Issuer & { readonly signer: Signer }> {
  const signer = signerFromKey(testKey(key))
  const certificateDer = await buildRootCertificate({
    subject: parseDistinguishedName('CN=lab-PKI-CA'),
    signer,
    ...LONG_LIVED,
    serial: ROOT_SERIAL,
  })
  return { ...issuerOf('root', certificateDer, signer), signer }
}

export function issuerOf(slug: IssuerSlug, certificateDer: Buffer, signer: Signer | undefined): Issuer {
  const [spki] = (readDer(certificateDer).children[0]?.children ?? []).slice(6)
  if (!spki) throw new Error('no key in the certificate')
  const spkiHash = spkiSha256(parseSubjectPublicKey(spki))
  return createIssuer({ id: 1, slug, state: 'active', certificateDer, spkiSha256: spkiHash, createdAt: NOW }, signer, PUBLIC_URL)
}

/** One attribute of a name; `tag` defaults to UTF8String. Values of one array share a multi-valued RDN. */
export interface Attribute {
  readonly type: string
  readonly value: string
  readonly tag?: number
}

export function makeName(...rdns: readonly (Attribute | readonly Attribute[])[]): Name {
  const sets = rdns.map((rdn) =>
    setOf(
      ...[rdn].flat().map(({ type, value, tag }) => {
        const text = tag === TAG.BMP_STRING ? Buffer.from(value, 'utf16le').swap16() : Buffer.from(value, 'utf8')
        return sequence(oid(type), der(tag ?? TAG.UTF8_STRING, text))
      }),
    ),
  )
  return parseName(readDer(sequence(...sets)))
}

export const commonName = (value: string): Attribute => ({ type: OID.commonName, value })

export interface RequestContent {
  readonly subject?: Name
  readonly key?: 'leaf-rsa2048' | 'leaf-p256'
  readonly subjectAltNames?: readonly GeneralName[]
  readonly extensions?: readonly { readonly oid: string; readonly critical?: boolean; readonly value: Buffer }[]
  /** Encoded Attributes beside extensionRequest. */
  readonly attributes?: readonly Buffer[]
}

/** A signed request, DER. */
export function makeCsr(content: RequestContent): Buffer {
  const key = testKey(content.key ?? 'leaf-rsa2048')
  const san = content.subjectAltNames?.length
    ? [{ oid: OID.subjectAltName, value: encodeSubjectAltName(content.subjectAltNames) }]
    : []
  const extensions = [...(content.extensions ?? []), ...san].map((e) =>
    sequence(oid(e.oid), ...('critical' in e && e.critical ? [Buffer.of(1, 1, 0xff)] : []), octetString(e.value)),
  )
  const request = extensions.length > 0 ? [sequence(oid(OID.extensionRequest), setOf(sequence(...extensions)))] : []
  const info = sequence(
    integer(0),
    (content.subject ?? makeName()).der,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    explicit(0, ...[...request, ...(content.attributes ?? [])].sort(Buffer.compare)),
  )
  const algorithm =
    key.asymmetricKeyType === 'rsa' ? sequence(oid(OID.sha256WithRSAEncryption), derNull()) : sequence(oid(OID.ecdsaWithSHA256))
  return sequence(info, algorithm, bitString(sign('sha256', info, key)))
}

export function makeRequest(content: RequestContent): CertificationRequest {
  return parseCsr(makeCsr(content))
}

/** What the golden files and most tests issue: a WebServer certificate for `vpn.lab.example`, two years from NOW. */
export function certificateContent(
  issuer: Issuer,
  overrides: Partial<CertificateContent> & { readonly csr?: CertificationRequest } = {},
): CertificateContent & { readonly notAfterCap: Date | undefined } {
  const { csr = makeRequest({ subject: parseDistinguishedName('CN=vpn.lab.example,O=Lab,C=GB') }), ...rest } = overrides
  return {
    serial: SERIAL,
    issuer,
    notBefore: new Date('2026-03-01T11:50:00Z'),
    notAfter: new Date('2028-02-29T11:49:59Z'),
    subjectDer: csr.subject.der,
    publicKey: csr.publicKey,
    template: shippedTemplate('WebServer'),
    subjectAltNames: [{ type: 'dns', value: 'vpn.lab.example' }],
    notAfterCap: new Date('2038-01-19T03:14:07Z'),
    ...rest,
  }
}

/** The signed certificate for this content, DER; without the lint. */
export async function issueCertificate(content: CertificateContent): Promise<Buffer> {
  const { signer } = content.issuer
  if (!signer) throw new Error('the test CA has no key')
  const tbs = buildTbsCertificate(content)
  return assembleCertificate(tbs, signer.signatureAlgorithmDer, await signer.sign(tbs))
}
