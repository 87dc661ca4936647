/**
 * Prints a console capture of `crypto ca enroll LAB_PKI` as an ASA gives it, with a request for a key that is thrown
 * away: `node scripts/make-asa-enroll-example.mjs > examples/asa-enroll.txt`. Each run makes another key. Field by
 * field as real ASAs write it: subject reversed from the CLI's order, address and name of the device as one multi-valued
 * RDN, key usage and subjectAltName asked for, signed with SHA-1.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import './build.mjs'

const { bitString, der, derBoolean, derNull, explicit, implicit, integer, octetString, oid, sequence, setOf, TAG } = await import(
  '../dist/ca/der.js'
)
const { OID } = await import('../dist/ca/oid.js')
const { pem } = await import('../dist/ca/pem.js')

const NAME = 'vpn.lab.example'
const ADDRESS = '203.0.113.1'
/** GeneralName [2] dNSName (RFC 5280, 4.2.1.6). */
const DNS_NAME_TAG = 2
/** digitalSignature and keyEncipherment, five unused bits (RFC 5280, 4.2.1.3). */
const KEY_USAGE = bitString(Buffer.of(0xa0), 5)

const text = (tag, value) => der(tag, Buffer.from(value, 'latin1'))
const attribute = (type, tag, value) => sequence(oid(type), text(tag, value))

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const subject = sequence(
  setOf(attribute(OID.countryName, TAG.PRINTABLE_STRING, 'GB')),
  setOf(attribute(OID.organizationName, TAG.PRINTABLE_STRING, 'Lab')),
  setOf(attribute(OID.commonName, TAG.PRINTABLE_STRING, NAME)),
  setOf(attribute(OID.unstructuredAddress, TAG.PRINTABLE_STRING, ADDRESS), attribute(OID.unstructuredName, TAG.IA5_STRING, NAME)),
)
const extensions = sequence(
  sequence(oid(OID.keyUsage), derBoolean(true), octetString(KEY_USAGE)),
  sequence(oid(OID.subjectAltName), octetString(sequence(implicit(DNS_NAME_TAG, Buffer.from(NAME, 'latin1'))))),
)
const info = sequence(
  integer(0),
  subject,
  publicKey.export({ type: 'spki', format: 'der' }),
  explicit(0, sequence(oid(OID.extensionRequest), setOf(extensions))),
)
const request = sequence(info, sequence(oid(OID.sha1WithRSAEncryption), derNull()), bitString(sign('sha1', info, privateKey)))

process.stdout.write(`asa(config)# crypto ca enroll LAB_PKI
% Start certificate enrollment ..
% The subject name in the certificate will be: cn=${NAME},o=Lab,c=GB

% The fully-qualified domain name in the certificate will be: ${NAME}

% Include the device serial number in the subject name? [yes/no]: no

% The IP address in the certificate is ${ADDRESS}

Display Certificate Request to terminal? [yes/no]: yes
Certificate Request follows:
${pem('CERTIFICATE REQUEST', request)}
Redisplay enrollment request? [yes/no]: no
asa(config)# 
`)
