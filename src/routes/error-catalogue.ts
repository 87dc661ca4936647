/**
 * Every error code with its HTTP status and its words: one table for the wire, the page under `/docs/errors` and the
 * documentation. A code without a row does not compile.
 */
import { CA_ERROR_CODES, type CaErrorCode } from '../errors.js'

interface Entry {
  readonly status: number
  /** The same for every occurrence (RFC 9457, 3.1.3). */
  readonly title: string
  readonly meaning: string
  readonly remedy: string
}

const entry = (status: number, title: string, meaning: string, remedy: string): Entry => ({ status, title, meaning, remedy })

export const ERROR_CATALOGUE = {
  // intake: what was pasted
  'csr-missing': entry(
    400,
    'No certificate request found',
    'There is no certificate request in what was sent.',
    'Paste what `crypto ca enroll` printed, from the first line of base64 to the last.',
  ),
  'csr-truncated': entry(
    400,
    'The certificate request is cut off',
    'A block of base64 begins but does not end, or breaks off.',
    'Paste again, whole; set `terminal pager 0` on the ASA so that no `--More--` cuts it.',
  ),
  'csr-is-certificate': entry(
    400,
    'A certificate, not a request',
    'A certificate was pasted where a certificate request belongs.',
    'Paste the request that `crypto ca enroll` prints.',
  ),
  'csr-is-private-key': entry(
    400,
    'A private key, not a request',
    'A private key was pasted. It was neither stored nor logged.',
    'Send only the request; treat the key as seen by others and make a new one.',
  ),
  'csr-is-other': entry(
    400,
    'Something else, not a request',
    'A CRL, a PKCS#7 or PKCS#12 file, a public key or the like was pasted.',
    'Paste the certificate request (PKCS#10).',
  ),
  'csr-ambiguous': entry(
    400,
    'Several different requests',
    'The paste holds more than one certificate request, and they differ.',
    'Send one request in each call.',
  ),
  'csr-too-large': entry(
    413,
    'The certificate request is too large',
    'The paste or the request in it is larger than any real one.',
    'Paste the request alone.',
  ),
  'csr-not-der': entry(
    400,
    'Not DER',
    'The bytes are no strict DER (X.690).',
    'Paste again; a changed or missing character breaks the encoding.',
  ),
  'csr-malformed': entry(
    400,
    'The certificate request is malformed',
    'The DER is not a PKCS#10 request (RFC 2986), or a part of it is broken.',
    'Make the request again on the device.',
  ),
  'csr-signature-algorithm': entry(
    422,
    'Signature algorithm not taken',
    'The request is signed with an algorithm that is not taken, such as MD5 or RSASSA-PSS.',
    'Sign the request with SHA-256 (SHA-1 is taken on requests).',
  ),
  'csr-signature-invalid': entry(
    422,
    "The request's signature is wrong",
    'The signature does not fit content and key, so nobody has proved to hold the key.',
    'Paste the whole block again; a changed character breaks the signature.',
  ),
  // the key in it
  'key-algorithm': entry(
    422,
    'Kind of key not taken',
    'The key is neither RSA nor EC.',
    'Make an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521.',
  ),
  'key-too-small': entry(
    422,
    'The key is too small',
    'The RSA key has less than 2048 bits.',
    '`crypto key generate rsa label LAB_PKI_KEY modulus 2048`, then enroll again.',
  ),
  'key-too-large': entry(422, 'The key is too large', 'The RSA key has more than 8192 bits.', 'Make a key of 2048 to 4096 bits.'),
  'key-modulus-length': entry(
    422,
    'Odd length of the key',
    'The RSA modulus is no multiple of 8 bits long.',
    'Make a key of 2048, 3072 or 4096 bits.',
  ),
  'key-exponent': entry(
    422,
    'Public exponent not taken',
    'The RSA public exponent is not 65537.',
    'Make a key with the usual exponent 65537.',
  ),
  'key-small-factor': entry(
    422,
    'The key is weak: small factor',
    'The RSA modulus can be divided by a small prime.',
    "Make a new key; the device's random numbers are suspect.",
  ),
  'key-close-primes': entry(
    422,
    'The key is weak: close primes',
    "The two primes of the RSA key are so close that Fermat's method finds them.",
    'Make a new key with other software.',
  ),
  'key-roca': entry(
    422,
    'The key is weak: ROCA',
    'The RSA key comes from a generator with the ROCA flaw (CVE-2017-15361).',
    "Update the device's firmware and make a new key.",
  ),
  'key-compromised': entry(
    422,
    'The key is known to others',
    'The private key is publicly known, or was blocked here.',
    'Make a new key and enroll again.',
  ),
  'key-curve': entry(
    422,
    'Curve not taken',
    'The EC key is on another curve than P-256, P-384 or P-521.',
    'Make a key on P-256 or P-384.',
  ),
  'key-explicit-curve': entry(
    422,
    'Curve not given by name',
    'The EC key spells out its curve instead of naming it.',
    'Make a key with a named curve.',
  ),
  'key-point': entry(
    422,
    'The EC point is wrong',
    'The public point has a wrong length, is compressed, or is not on the curve.',
    'Make the request again with an uncompressed point.',
  ),
  // the names in it and in the call
  'name-missing': entry(
    422,
    'No name for the certificate',
    'Neither request nor call gives a name to put into subjectAltName.',
    'Give `subjectAltNames` in the call, or set `fqdn` in the trustpoint.',
  ),
  'name-dns-syntax': entry(
    422,
    'No DNS name',
    'A name is no DNS name: labels of letters, digits and hyphens, 63 characters each, 253 in all.',
    'Correct the name.',
  ),
  'name-ip-syntax': entry(422, 'No IP address', 'A name is no IPv4 or IPv6 address.', 'Write 192.0.2.10 or 2001:db8::10.'),
  'name-email-syntax': entry(422, 'No e-mail address', 'A name is no e-mail address.', 'Write admin@lab.example.'),
  'name-upn-syntax': entry(422, 'No user principal name', 'A name is no UPN.', 'Write admin@lab.example.'),
  'name-wildcard': entry(
    422,
    'Wildcard not allowed',
    'A name with `*` is asked for, and template or token do not allow that.',
    'Ask for the single names, or use a token and a template that allow wildcards.',
  ),
  'name-control-character': entry(
    422,
    'Control character in a name',
    'A name holds NUL or another control character.',
    'Remove it.',
  ),
  'name-common-name-length': entry(
    422,
    'Common name too long',
    'A CN has more than 64 characters (X.520).',
    'Shorten the CN; long names belong into subjectAltNames.',
  ),
  'name-not-permitted': entry(
    403,
    'Name not permitted',
    'This token may not have certificates for that name.',
    "Ask for a name that fits the token's patterns, or use another token.",
  ),
  'name-type-not-permitted': entry(
    422,
    'Kind of name not permitted',
    'The template does not take names of this type.',
    'Leave the name out, or use another template.',
  ),
  'name-subject-syntax': entry(
    422,
    'Subject not readable',
    'A distinguished name is not written as RFC 4514 says.',
    'Write it as in CN=vpn.lab.example,O=Lab,C=GB.',
  ),
  // the call
  'template-unknown': entry(422, 'No such template', 'The named template does not exist.', '`GET /v1/templates` lists them.'),
  'template-not-permitted': entry(
    403,
    'Template not permitted',
    'This token may not use the template.',
    'Use a template that the token names, or another token.',
  ),
  'trustpoint-syntax': entry(
    422,
    'No trustpoint name',
    "The trustpoint's name would not be taken by the console.",
    'Use one word of fewer than 65 characters without `?`, `!`, quotes.',
  ),
  'body-invalid': entry(
    400,
    'The body is invalid',
    'The body is no JSON, or a field is missing, unknown or of a wrong form.',
    'Follow `errors`: each entry names field, rule and remedy.',
  ),
  'body-line-breaks': entry(
    400,
    'Line breaks inside a JSON string',
    'A JSON string holds raw line breaks.',
    'Choose text/plain, or write `\\n`.',
  ),
  'body-too-large': entry(
    413,
    'The body is too large',
    'The body is larger than this call takes.',
    'Send the certificate request alone.',
  ),
  'media-type': entry(
    415,
    'Media type not taken',
    'The call does not take bodies of this Content-Type.',
    'Use one of those that the answer lists.',
  ),
  'request-malformed': entry(
    400,
    'Malformed HTTP request',
    'The message is no proper HTTP/1.1, or its head is too large.',
    'Correct the client; the URL and all headers together have room for 16 KiB.',
  ),
  'not-acceptable': entry(
    406,
    'No such format',
    'What Accept or `format` ask for cannot be given.',
    'Use one of the formats that the answer lists.',
  ),
  'query-invalid': entry(
    400,
    'Wrong query parameter',
    'A query parameter is unknown, given twice, or of a wrong form.',
    'Follow `errors`: each entry names parameter, rule and remedy.',
  ),
  'idempotency-key-syntax': entry(
    400,
    'Wrong Idempotency-Key',
    'The header is empty, longer than 255 characters, or has others than visible ASCII.',
    'Send a UUID, for example.',
  ),
  'idempotency-key-reused': entry(
    422,
    'Idempotency-Key used before',
    'The key was used within 24 hours for another call.',
    'Use a new key for a new call.',
  ),
  'not-found': entry(
    404,
    'Not found',
    'There is no such thing, or the token may not see it.',
    'Check the address; the lists show what there is.',
  ),
  'method-not-allowed': entry(
    405,
    'Method not allowed',
    'The address exists, but not for this method.',
    'Use one of the methods in the Allow header.',
  ),
  // who calls
  unauthenticated: entry(
    401,
    'No valid token',
    'The call has no token, or one that is unknown, revoked or past its end.',
    'Send `Authorization: Bearer lpk_…`; an admin makes tokens with `POST /v1/tokens`.',
  ),
  forbidden: entry(
    403,
    'Role not allowed',
    "The token's role may not do this.",
    'Use a token with one of the roles that the answer names.',
  ),
  'too-many-failures': entry(
    429,
    'Too many failed attempts',
    'Too many wrong tokens came from this address.',
    'Wait as long as Retry-After says, then send a valid token.',
  ),
  'https-required': entry(
    403,
    'HTTPS required',
    'Plain HTTP carries the API and its documentation only within the machine.',
    "Use the HTTPS address that the answer names, and compare the root's fingerprint.",
  ),
  'token-last-admin': entry(
    409,
    'The last admin token',
    'This is the last admin token; without it nobody could make another.',
    'Make another admin token first.',
  ),
  // the service itself
  'validity-too-short': entry(
    422,
    'The CA ends too soon',
    'A certificate issued now would live less than a day, because the CA or the cap ends.',
    'Renew the CA, or lift LAB_PKI_NOT_AFTER_CAP.',
  ),
  'database-unavailable': entry(
    503,
    'Database not reachable',
    'The database does not answer; nothing was issued.',
    'Try again; /readyz tells when it is back.',
  ),
  'audit-unavailable': entry(
    503,
    'Audit cannot be written',
    'Without an audit record nothing is issued.',
    'Try again; if it stays, ask the operator: disk space, rights, database.',
  ),
  'serial-conflict': entry(
    500,
    'Serial number exists',
    'The random serial number was taken already, which never happens with sound random numbers.',
    'Try again, and tell the operator.',
  ),
  'issuer-unavailable': entry(
    503,
    'The CA cannot sign',
    "The CA's key or certificate is not usable here.",
    'Tell the operator; the log says what is missing.',
  ),
  'lint-failed': entry(
    500,
    'The certificate broke its own profile',
    'What was about to be signed did not pass the last check, so it was not signed.',
    'Tell the operator and quote `instance`; the log has the rule.',
  ),
  internal: entry(
    500,
    'Internal error',
    'Something went wrong that nobody foresaw.',
    'Tell the operator and quote `instance`; the log has the reason.',
  ),
} as const satisfies Record<CaErrorCode, Entry>

/** Where a person reads about the code; `type` of the problems. An absolute path, so that it works on every address of the service. */
export function errorType(code: CaErrorCode): string {
  return `/docs/errors#${code}`
}

/** The codes that are answered with a status, in their order. */
export function codesOf(status: number): readonly CaErrorCode[] {
  return CA_ERROR_CODES.filter((code) => ERROR_CATALOGUE[code].status === status)
}
