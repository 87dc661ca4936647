/** Chains of certificates before programs that we did not write. */
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { pem } from '../../src/ca/pem.js'
import { CERTTOOL, OPENSSL, runReader } from './second-reader.js'

/**
 * Programs judge by the machine's clock (certtool 3.7 knows no other), so the certificates must be valid for years:
 * take `LONG_LIVED` for the leaf. `chain` goes from the leaf to the root, DER; `purpose` is OpenSSL's word
 * for the leaf's use.
 */
export function verifyChain(t: Test, chain: readonly Buffer[], purpose?: 'sslserver'): void {
  const folder = mkdtempSync(join(tmpdir(), 'lab-pki-chain-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [leaf = Buffer.alloc(0), ...cas] = chain.map((der) => pem('CERTIFICATE', der))
  const root = cas.at(-1) ?? leaf
  writeFileSync(join(folder, 'leaf.pem'), leaf)
  writeFileSync(join(folder, 'root.pem'), root)
  writeFileSync(join(folder, 'between.pem'), cas.slice(0, -1).join(''))

  const certificates = chain.map((der) => new X509Certificate(der))
  for (const [i, certificate] of certificates.entries()) {
    const issuer = certificates[i + 1] ?? certificate
    t.ok(certificate.verify(issuer.publicKey), `node:crypto verifies the signature of certificate ${i}`)
    t.ok(certificate.checkIssued(issuer), `node:crypto finds the issuer of certificate ${i}`)
  }
  const between = cas.length > 1 ? ['-untrusted', 'between.pem'] : []
  const use = purpose ? ['-purpose', purpose] : []
  const openssl = runReader(
    t,
    OPENSSL,
    ['verify', '-x509_strict', '-check_ss_sig', ...use, '-CAfile', 'root.pem', ...between, 'leaf.pem'],
    { cwd: folder },
  )
  if (openssl) t.equal(openssl.stdout, 'leaf.pem: OK\n', `openssl verify -x509_strict ${openssl.stderr}`)
  const gnutls = runReader(t, CERTTOOL, ['--verify', '--load-ca-certificate', 'root.pem'], {
    cwd: folder,
    input: [leaf, ...cas.slice(0, -1)].join(''),
  })
  if (gnutls) t.match(gnutls.stdout, /Chain verification output: Verified\. The certificate is trusted\./, 'certtool --verify')
}

/** What `openssl x509 -text` shows. */
export function opensslText(t: Test, der: Buffer): string | undefined {
  return runReader(t, OPENSSL, ['x509', '-inform', 'DER', '-noout', '-text'], { input: der })?.stdout
}

/** What `certtool -i` shows. */
export function certtoolText(t: Test, der: Buffer): string | undefined {
  return runReader(t, CERTTOOL, ['-i', '--inder'], { input: der })?.stdout
}
