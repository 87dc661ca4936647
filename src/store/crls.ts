import type pg from 'pg'
import type { CrlRecord } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { rowOf } from './query.js'

/** The CRL with the highest number. */
export async function latestCrl(pool: pg.Pool, issuerId: number): Promise<CrlRecord | undefined> {
  const text = `
    select issuer_id "issuerId", number::text number, this_update "thisUpdate", next_publish "nextPublish",
      next_update "nextUpdate", crl_der "crlDer"
    from crls where issuer_id = $1 order by crls.number desc limit 1`
  const row = await rowOf<Omit<CrlRecord, 'number'> & { number: string }>(pool, { name: 'latest_crl', text, values: [issuerId] })
  return row && { ...row, number: BigInt(row.number) }
}

/**
 * Adds a CRL with a number above all others of its issuer (RFC 5280, 5.2.3).
 * @throws CaError `internal` when this or a higher number was published; the transaction must then be rolled back.
 */
export async function insertCrl(client: pg.ClientBase, crl: CrlRecord): Promise<void> {
  const text = `
    insert into crls (issuer_id, number, this_update, next_publish, next_update, crl_der)
    select $1, $2::bigint, $3, $4, $5, $6
    where not exists (select from crls where issuer_id = $1 and number >= $2::bigint)`
  const { issuerId, number, thisUpdate, nextPublish, nextUpdate, crlDer } = crl
  const { rowCount } = await client.query(text, [issuerId, number.toString(), thisUpdate, nextPublish, nextUpdate, crlDer])
  if (rowCount === 0) throw new CaError('internal', `a CRL with the number ${number} or a higher one is published already`)
}
