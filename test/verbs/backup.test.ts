import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.js'
import { adminToken, dataFolder, PROGRAM, runVerb, startService } from '../support/service.js'

t.test('a CA moves from the embedded database to another server: same root, same certificates, same tokens', async (t) => {
  const data = dataFolder(t)
  const service = await startService(t, data)
  const token = adminToken(data)
  const headers = { authorization: `Bearer ${token}` }
  const paste = readFileSync(join(PROGRAM, 'examples', 'asa-enroll.txt'))
  const issued = await fetch(`${service.httpUrl}/v1/requests`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain' },
    body: paste,
  })
  const { certificate } = (await issued.json()) as { certificate: { serial: string; pem: string } }
  const file = join(dataFolder(t), 'lab-pki.backup')
  runVerb(data, ['backup', file])
  await service.stop()

  const server = await createTestDatabase(t)
  const url = `postgres://${server.user}:${encodeURIComponent(server.password)}@localhost:${server.port}/${server.database}?host=${encodeURIComponent(server.host)}`
  const elsewhere = dataFolder(t)
  for (const name of ['keys', 'audit', 'ca-passphrase']) cpSync(join(data, name), join(elsewhere, name), { recursive: true })
  runVerb(elsewhere, ['restore', file], { DATABASE_URL: url })
  t.throws(() => runVerb(elsewhere, ['restore', file], { DATABASE_URL: url }), 'a database that is not empty is left alone')

  const moved = await startService(t, elsewhere, { DATABASE_URL: url })
  t.equal(readFileSync(join(elsewhere, 'root.pem'), 'utf8'), readFileSync(join(data, 'root.pem'), 'utf8'))
  const found = await fetch(`${moved.httpUrl}/v1/certificates/${certificate.serial}?format=pem`, { headers })
  t.equal(await found.text(), certificate.pem)
  const { stderr, stdout } = moved.output()
  t.notMatch(stderr + stdout, server.password)
  await moved.stop()
  t.match(runVerb(elsewhere, ['audit', 'verify'], { DATABASE_URL: url }), /vouched for/)

  // Without its keys the same database starts nothing.
  rmSync(join(elsewhere, 'keys'), { recursive: true })
  const refused = await startService(t, elsewhere, { DATABASE_URL: url }).catch((error: Error) => error)
  t.match(refused, { message: /is not in LAB_PKI_DATA: copy the key file of the server that has it; no second CA is made/ })
})
