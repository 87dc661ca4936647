import t from 'tap'
import { buildCrl, type CrlContent } from '../../src/ca/crl.js'
import { time } from '../../src/ca/der-time.js'
import { bitString, derNull, explicit, integer, oid, sequence } from '../../src/ca/der-writer.js'
import { extension } from '../../src/ca/extensions.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import type { CrlRecord } from '../../src/ca/ports.js'
import { acceptCrl } from '../../src/ca/read-crl.js'
import { assembleCertificate } from '../../src/ca/tbs.js'
import { NOW, testRoot } from '../support/issuance.js'
import { refusal } from '../support/refusal.js'

const DATES = {
  thisUpdate: new Date('2026-03-01T11:50:00Z'),
  nextPublish: new Date('2026-12-31T12:00:00Z'),
  nextUpdate: new Date('2027-03-01T12:00:00Z'),
}
const issuer = await testRoot('ca-p256')
const list = (more: Partial<CrlContent> = {}) => buildCrl({ issuer, number: 7n, ...DATES, entries: [], ...more })
/** The sentence around every reason. */
const notTaken = (reason: string) =>
  ['body-invalid', `the CRL was not taken: ${reason}; sign a new one with \`root sign-crl\``] as const

/** A list signed by the issuer out of any parts, also such as `buildCrl` never makes. */
async function signedList(...parts: readonly Buffer[]): Promise<Buffer> {
  const tbs = sequence(...parts)
  return assembleCertificate(tbs, issuer.signer.signatureAlgorithmDer, await issuer.signer.sign(tbs))
}
const HEAD = [integer(1), issuer.signer.signatureAlgorithmDer, issuer.subject.der, time(DATES.thisUpdate)]
const NUMBER = extension(OID.cRLNumber, false, integer(7))

t.test('takes what was signed for the issuer, under each kind of key, with the dates in it', async (t) => {
  for (const key of ['ca-rsa2048', 'ca-p256', 'ca-p384'] as const) {
    const root = { ...(await testRoot(key)), id: 3 }
    const revoked = [{ serial: '4a0b', revokedAt: new Date('2026-02-01T00:00:00Z'), reason: 'keyCompromise' as const }]
    const crlDer = await buildCrl({ issuer: root, number: 2n ** 100n, ...DATES, entries: revoked })
    t.same(acceptCrl(crlDer, root, undefined, NOW), { issuerId: 3, number: 2n ** 100n, ...DATES, crlDer }, key)
  }
})

t.test('without a date for the next one, the end of the list is that date', async (t) => {
  const crlDer = await signedList(...HEAD, time(DATES.nextUpdate), explicit(0, sequence(NUMBER)))
  t.same(acceptCrl(crlDer, issuer, undefined, NOW).nextPublish, DATES.nextUpdate)
})

t.test('refuses a list of another CA', async (t) => {
  const stranger = { ...issuer, subject: parseDistinguishedName('CN=another CA') }
  t.same(
    await refusal(async () => acceptCrl(await list({ issuer: stranger }), issuer, undefined, NOW)),
    notTaken('it is not signed by root, or in a way that an ASA refuses'),
  )
})

t.test('refuses a list of the same name by another key', async (t) => {
  const other = await testRoot('ca-rsa2048')
  const wrong = notTaken('its signature is not by the key of root')
  t.same(await refusal(async () => acceptCrl(await list({ issuer: other }), issuer, undefined, NOW)), wrong)
})

t.test('refuses a list in which any one octet was changed', async (t) => {
  for (const root of [issuer, await testRoot('ca-rsa2048')]) {
    const good = await list({ issuer: root })
    const taken: number[] = []
    for (let at = 0; at < good.length; at++) {
      const changed = Buffer.from(good)
      changed.writeUInt8((changed[at] ?? 0) ^ 0x01, at)
      if ((await refusal(() => acceptCrl(changed, root, undefined, NOW))) === undefined) taken.push(at)
    }
    t.same(taken, [], `of ${good.length} octets`)
  }
  const good = await list()
  const forged = Buffer.from(good)
  forged.writeUInt8((forged.at(-1) ?? 0) ^ 0x01, forged.length - 1)
  const wrong = notTaken('its signature is not by the key of root')
  t.same(await refusal(() => acceptCrl(forged, issuer, undefined, NOW)), wrong, 'the last octet of the signature')
})

t.test('refuses a number that is not above the published one', async (t) => {
  const crlDer = await list()
  const published = (number: bigint): CrlRecord => ({ issuerId: 1, number, ...DATES, crlDer })
  t.equal(acceptCrl(crlDer, issuer, published(6n), NOW).number, 7n)
  for (const number of [7n, 8n]) {
    t.same(
      await refusal(() => acceptCrl(crlDer, issuer, published(number), NOW)),
      notTaken(`its number 7 is not above ${number}, which is published already`),
    )
  }
})

t.test('refuses a list that has ended', async (t) => {
  const crlDer = await list()
  const last = new Date(DATES.nextUpdate.getTime() - 1)
  t.equal(acceptCrl(crlDer, issuer, undefined, last).number, 7n)
  t.same(
    await refusal(() => acceptCrl(crlDer, issuer, undefined, DATES.nextUpdate)),
    notTaken('it ended at 2027-03-01T12:00:00.000Z'),
  )
})

t.test('refuses a list without a number', async (t) => {
  const wrong = notTaken('it has no CRL number (RFC 5280, 5.2.3)')
  const bare = await signedList(...HEAD, time(DATES.nextUpdate))
  t.same(await refusal(() => acceptCrl(bare, issuer, undefined, NOW)), wrong, 'no extensions at all')
  const caVersion = extension(OID.msCaVersion, false, integer(0))
  const others = await signedList(...HEAD, time(DATES.nextUpdate), explicit(0, sequence(caVersion)))
  t.same(await refusal(() => acceptCrl(others, issuer, undefined, NOW)), wrong, 'other extensions alone')
})

t.test('refuses other signature algorithms', async (t) => {
  const tbs = sequence(...HEAD, time(DATES.nextUpdate), explicit(0, sequence(NUMBER)))
  const sha1 = sequence(tbs, sequence(oid('1.2.840.113549.1.1.5'), derNull()), bitString(Buffer.alloc(64)))
  t.same(
    await refusal(() => acceptCrl(sha1, issuer, undefined, NOW)),
    notTaken('it is not signed by root, or in a way that an ASA refuses'),
  )
})

t.test('refuses a list that names one algorithm inside and another outside', async (t) => {
  const tbs = sequence(...HEAD, time(DATES.nextUpdate), explicit(0, sequence(NUMBER)))
  const sha384 = assembleCertificate(tbs, sequence(oid(OID.ecdsaWithSHA384)), await issuer.signer.sign(tbs))
  t.same(
    await refusal(() => acceptCrl(sha384, issuer, undefined, NOW)),
    notTaken('the signature algorithm inside is not the one outside (RFC 5280, 5.1.1.2)'),
  )
})

t.test('refuses what is no list', async (t) => {
  const none = notTaken('it is no CRL of version 2')
  t.same(await refusal(() => acceptCrl(derNull(), issuer, undefined, NOW)), none, 'NULL')
  t.same(await refusal(() => acceptCrl(sequence(), issuer, undefined, NOW)), none, 'an empty SEQUENCE')
  t.same(
    await refusal(() => acceptCrl(issuer.certificateDer, issuer, undefined, NOW)),
    notTaken('it is not signed by root, or in a way that an ASA refuses'),
    'a certificate',
  )
  t.same(await refusal(() => acceptCrl(Buffer.from('-----BEGIN X509 CRL-----'), issuer, undefined, NOW)), [
    'csr-not-der',
    'not DER: octets missing at the end of a value: 23',
  ])
  t.same(await refusal(() => acceptCrl(Buffer.alloc(0), issuer, undefined, NOW)), [
    'csr-not-der',
    'not DER: the encoding ends inside a tag or length',
  ])
})
