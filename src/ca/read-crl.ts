/** Reads and checks a CRL that was signed elsewhere: the root's, when its key is kept apart from the service. */
import { createPublicKey, verify } from 'node:crypto'
import { CaError } from '../errors.js'
import { type DerNode, readDer, readInteger, readOid, TAG } from './der.js'
import { readTime } from './der-time.js'
import type { Issuer } from './issuer.js'
import { OID } from './oid.js'
import type { CrlRecord } from './ports.js'

/** Digest by signature algorithm: what our signers use. */
const DIGESTS: Readonly<Record<string, string>> = {
  [OID.sha256WithRSAEncryption]: 'sha256',
  [OID.sha384WithRSAEncryption]: 'sha384',
  [OID.ecdsaWithSHA256]: 'sha256',
  [OID.ecdsaWithSHA384]: 'sha384',
}

/**
 * The CRL as a record, after its signature, issuer, number and dates were checked (RFC 5280 section 5).
 * @param previous the newest CRL known of this issuer; a new one must have a greater number.
 * @throws CaError `csr-not-der` for other bytes, `body-invalid` for everything else.
 */
export function acceptCrl(crlDer: Buffer, issuer: Issuer, previous: CrlRecord | undefined, now: Date): CrlRecord {
  const [tbs, algorithm, signature] = readDer(crlDer).children
  const digest = DIGESTS[readOid(part(algorithm?.children[0]))]
  const [, innerAlgorithm, name, thisUpdate, nextUpdate] = part(tbs).children
  if (!digest || !name?.bytes.equals(issuer.subject.der))
    throw unfit(`it is not signed by ${issuer.slug}, or in a way that an ASA refuses`)
  if (!part(innerAlgorithm).bytes.equals(part(algorithm).bytes))
    throw unfit('the signature algorithm inside is not the one outside (RFC 5280, 5.1.1.2)')
  const key = createPublicKey({ key: spkiOf(issuer), format: 'der', type: 'spki' })
  const [unusedBits, ...signatureOctets] = part(signature).content
  const whole = part(signature).tag === TAG.BIT_STRING && unusedBits === 0
  if (!whole || !verify(digest, part(tbs).bytes, key, Buffer.from(signatureOctets)))
    throw unfit(`its signature is not by the key of ${issuer.slug}`)
  const extensions = extensionsOf(part(tbs))
  const numberValue = extensions.get(OID.cRLNumber)
  if (!numberValue) throw unfit('it has no CRL number (RFC 5280, 5.2.3)')
  const number = readInteger(readDer(numberValue))
  if (previous && number <= previous.number)
    throw unfit(`its number ${number} is not above ${previous.number}, which is published already`)
  const ends = readTime(part(nextUpdate))
  if (ends <= now) throw unfit(`it ended at ${ends.toISOString()}`)
  const publish = extensions.get(OID.msNextPublish)
  return {
    issuerId: issuer.id,
    number,
    thisUpdate: readTime(part(thisUpdate)),
    nextPublish: publish ? readTime(readDer(publish)) : ends,
    nextUpdate: ends,
    crlDer,
  }
}

function extensionsOf(tbs: DerNode): Map<string, Buffer> {
  // crlExtensions [0] explicit (RFC 5280, 5.1)
  const list = tbs.children.find((child) => child.tag === 0xa0)?.children[0]?.children ?? []
  return new Map(
    list.map((extension) => {
      const value = extension.children.find((child) => child.tag === TAG.OCTET_STRING)
      return [readOid(part(extension.children[0])), part(value).content]
    }),
  )
}

function spkiOf(issuer: Issuer): Buffer {
  return part(readDer(issuer.certificateDer).children[0]?.children[6]).bytes
}

function part(node: DerNode | undefined): DerNode {
  if (!node) throw unfit('it is no CRL of version 2')
  return node
}

function unfit(reason: string): CaError {
  return new CaError('body-invalid', `the CRL was not taken: ${reason}; sign a new one with \`root sign-crl\``)
}
