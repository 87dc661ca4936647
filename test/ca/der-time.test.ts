import t from 'tap'
import { readDer, TAG } from '../../src/ca/der.js'
import { readTime, time } from '../../src/ca/der-time.js'
import { der } from '../../src/ca/der-writer.js'
import { refusal } from '../support/refusal.js'

t.test('times are UTCTime through 2049 and GeneralizedTime after', async (t) => {
  const written = (iso: string): string => time(new Date(iso)).toString('latin1', 2)
  t.equal(written('2038-01-19T03:14:07Z'), '380119031407Z')
  t.equal(written('2049-12-31T23:59:59.999Z'), '491231235959Z')
  t.equal(written('2050-01-01T00:00:00Z'), '20500101000000Z')
  for (const iso of [
    '1970-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.000Z',
    '2024-02-29T12:00:00.000Z',
    '9999-12-31T23:59:59.000Z',
  ]) {
    t.equal(readTime(readDer(time(new Date(iso)))).toISOString(), iso)
  }
})

t.test('a time in another form, or of no real moment, is refused', async (t) => {
  const read = (tag: number, text: string) => refusal(() => readTime(readDer(der(tag, Buffer.from(text)))))
  const form = ['csr-not-der', 'not DER: a time is not in the form of RFC 5280 4.1.2.5']
  const moment = ['csr-not-der', 'not DER: a time names no real moment']
  for (const text of ['2401010000Z', '240101000000+0000', '240101000000', '240101000000.5Z', '']) {
    t.strictSame(await read(TAG.UTC_TIME, text), form, text)
  }
  t.strictSame(await read(TAG.GENERALIZED_TIME, '20240101000000.5Z'), form)
  t.strictSame(await read(TAG.IA5_STRING, '240101000000Z'), form)
  for (const text of ['240230000000Z', '230229000000Z', '241301000000Z', '240100000000Z', '240101240000Z', '240101000060Z']) {
    t.strictSame(await read(TAG.UTC_TIME, text), moment, text)
  }
})
