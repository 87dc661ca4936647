/**
 * Makes data/compromised-keys.txt: SPKI SHA-256 of keys whose private half lies in software that everybody has.
 *
 *   node scripts/collect-compromised-keys.mjs 'Go 1.26.8=/usr/local/go/src' 'CPython 3.13=/usr/lib/python3.13/test' \
 *     > data/compromised-keys.txt
 *
 * Each argument is a label and a folder or file. Every unencrypted private key in PEM in it is read, also those within
 * source code and those labelled TESTING KEY; kept are the kinds that this service would otherwise certify.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Larger files are archives and models, not sources. */
const MAX_FILE_OCTETS = 5_000_000
/** Smaller RSA keys are refused for their size. */
const MIN_RSA_BITS = 2048
const NAMED_CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/** RFC 9500, 2.3: the EC test keys, by their public points; the RSA ones stand in Go's own examples and tests. */
const RFC_9500_POINTS = [
  {
    name: 'testECCP256',
    crv: 'P-256',
    x: '422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5b1',
    y: '6c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a494272',
  },
  {
    name: 'testECCP384',
    crv: 'P-384',
    x: '5b0901b88523296eb919d50ffa1a9cb374bc4d409586282bfeca11b1d95adbb54734af570bf82b7228cf226bcf4c25dd',
    y: 'bcfe3b1a3ad39430eff763e1d68d2e151d91720b7795b58da6b34639613a8fb9b5a8da48c6747117f9919e8424f37ec8',
  },
  {
    name: 'testECCP521',
    crv: 'P-521',
    x: '01d0fd7257a84c747f562575c07385dbebf2f52bea58083db82fdd1531d8aae3cc875ff02ff7fa2da260d8eb62d6d2f5d649278e321736a0628cbbb30308b6e618db',
    y: '00f62ad204c6460359bc818ab8961bf0f0fc0ec5aae8a428173ce56f00de9b157c1e5c82c64f562fcadefc4a4c28f6d342cf3ef616fc82d33b7285c921f2bf36fdd8',
  },
]

const PEM = /-----BEGIN ((?:RSA |EC )?)(?:PRIVATE|TESTING) KEY-----([^-]+)-----END/g

const found = new Map()

for (const { name, crv, x, y } of RFC_9500_POINTS) {
  const base64url = (hex) => Buffer.from(hex, 'hex').toString('base64url')
  keep(createPublicKey({ key: { kty: 'EC', crv, x: base64url(x), y: base64url(y) }, format: 'jwk' }), `RFC 9500 ${name}`)
}
for (const argument of process.argv.slice(2)) {
  const [label, root] = argument.split('=')
  for (const file of filesUnder(root)) {
    const inside = relative(root, file)
    collect(readFileSync(file, 'latin1'), inside === '' ? label : `${label} ${inside}`)
  }
}

const lines = [...found].map(([hash, where]) => `${hash}  ${where}`).sort((a, b) => (a.slice(66) + a < b.slice(66) + b ? -1 : 1))
process.stdout.write(`# Keys whose private half is published, by the SHA-256 of their SubjectPublicKeyInfo, and where it is published.
# Made by scripts/collect-compromised-keys.mjs from the sources named in the lines.
${lines.join('\n')}
`)

function* filesUnder(path) {
  const stat = statSync(path)
  if (stat.isFile() && stat.size <= MAX_FILE_OCTETS) yield path
  if (!stat.isDirectory()) return
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isSymbolicLink() || entry.name === '__pycache__') continue
    if (entry.isDirectory() || entry.isFile()) yield* filesUnder(join(path, entry.name))
  }
}

function collect(text, where) {
  for (const [, kind, body] of text.matchAll(PEM)) {
    // Within source code the lines end in `\n` and are quoted, joined or commented.
    const base64 = body.replace(/\\n/g, '').replace(/[^A-Za-z0-9+/=]/g, '')
    try {
      const pem = `-----BEGIN ${kind}PRIVATE KEY-----\n${base64}\n-----END ${kind}PRIVATE KEY-----\n`
      keep(createPublicKey(createPrivateKey(pem)), where)
    } catch {
      process.stderr.write(`${where}: a block that is no private key, left out\n`)
    }
  }
}

function keep(key, where) {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails
  const taken = key.asymmetricKeyType === 'rsa' ? modulusLength >= MIN_RSA_BITS : NAMED_CURVES.includes(namedCurve)
  const hash = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  if (taken && !found.has(hash)) found.set(hash, where)
}
