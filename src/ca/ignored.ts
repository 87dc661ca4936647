/** What a request asked for and did not get. A request is never refused for asking, and nothing it asks for is copied. */
import type { CertificationRequest } from './csr.js'
import { keyUsageValue } from './extensions.js'
import { OID, oidName } from './oid.js'
import type { IgnoredExtension } from './ports.js'

/** KeyUsage of every leaf, by type of key: a request for exactly this got what it asked for. */
const GIVEN_KEY_USAGE = {
  rsa: keyUsageValue(['digitalSignature', 'keyEncipherment']),
  ec: keyUsageValue(['digitalSignature']),
} as const

const BY_TEMPLATE = 'the template alone decides what the certificate may be used for'
const BY_CA = 'the CA writes its own'
const NO_IDENTITY = 'an identity of a directory is never taken from a request'

const REASONS: Readonly<Record<string, string>> = {
  [OID.keyUsage]: 'the template and the type of key decide',
  [OID.extKeyUsage]: BY_TEMPLATE,
  [OID.msApplicationPolicies]: BY_TEMPLATE,
  [OID.netscapeCertType]: BY_TEMPLATE,
  [OID.certificatePolicies]: 'no issuance policy is asserted',
  [OID.basicConstraints]: 'only the CA itself is a CA',
  [OID.nameConstraints]: 'only the CA itself is a CA',
  [OID.policyMappings]: 'only the CA itself is a CA',
  [OID.policyConstraints]: 'only the CA itself is a CA',
  [OID.inhibitAnyPolicy]: 'only the CA itself is a CA',
  [OID.msCertTemplateName]: 'the template is chosen by the call',
  [OID.msCertificateTemplate]: 'the template is chosen by the call',
  [OID.msEnrollmentNameValuePair]: 'names and template are chosen by the call, not by attributes of the request',
  [OID.msNtdsCaSecurity]: NO_IDENTITY,
  [OID.subjectKeyIdentifier]: 'it is computed from the key',
  [OID.authorityKeyIdentifier]: BY_CA,
  [OID.cRLDistributionPoints]: BY_CA,
  [OID.authorityInfoAccess]: BY_CA,
  [OID.issuerAltName]: 'it is never written: Cisco devices fail on it',
  [OID.ocspNoCheck]: 'only an OCSP responder of the CA is exempt from revocation',
}

const OTHERWISE = 'no template writes it'

/**
 * Every requested extension except subjectAltName (which `decideNames` answers for), once per OID, and attributes that
 * would name a template or names elsewhere. A KeyUsage equal to the one given is left out.
 */
export function ignoredExtensions(
  csr: Pick<CertificationRequest, 'requestedExtensions' | 'attributeTypes' | 'publicKey'>,
): IgnoredExtension[] {
  const asked = csr.requestedExtensions
    .filter(({ oid, value }) => !(oid === OID.keyUsage && value.equals(GIVEN_KEY_USAGE[csr.publicKey.type])))
    .map(({ oid }) => oid)
    .filter((oid) => oid !== OID.subjectAltName)
  const attributes = csr.attributeTypes.filter((type) => type === OID.msEnrollmentNameValuePair)
  return [...new Set([...asked, ...attributes])].map((oid) => ({ oid, name: oidName(oid), reason: REASONS[oid] ?? OTHERWISE }))
}
