/** The table of settings: name, form, default, unit and meaning of each; everything that knows settings is made of it. */
import { ISSUER_KEY_KINDS } from './ca/key-file.js'
import {
  anyText,
  caSubject,
  cidrList,
  databaseUrl,
  hostNames,
  instantOrOff,
  listenAddress,
  listenAddressOrOff,
  oneOf,
  publicUrl,
  tokenText,
  wholeNumber,
} from './setting-values.js'

export interface Setting<T> {
  /** The environment variable. */
  readonly name: string
  /** What a value means: `days`, `address:port` … */
  readonly unit: string
  readonly doc: string
  /** Text of the default; undefined where there is none. */
  readonly fallback: string | undefined
  /** Never shown, not even when it is wrong. */
  readonly secret?: true
  readonly parse: (text: string) => T
}

const setting = <T>(s: Setting<T> & { readonly fallback: string }): Setting<T> => s
const optional = <T>(s: Omit<Setting<T>, 'fallback'>): Setting<T | undefined> => ({ ...s, fallback: undefined })

/** A century: nothing sensible is longer. */
const MAX_CA_DAYS = 36_500
/** A day: a client whose clock is off by more has other troubles. */
const MAX_BACKDATE_SECONDS = 86_400
/** A year. */
const MAX_CRL_DAYS = 366
/** Four weeks. */
const MAX_CRL_OVERLAP_HOURS = 672

export const SETTINGS = {
  data: setting({
    name: 'LAB_PKI_DATA',
    fallback: './lab-pki-data',
    unit: 'folder',
    doc: 'Where keys, the embedded database, the admin token and the signed audit heads lie. Created when missing.',
    parse: anyText,
  }),
  http: setting({
    name: 'LAB_PKI_HTTP',
    fallback: '127.0.0.1:8080',
    unit: 'address:port',
    doc: 'Plain HTTP. The public PKI files for everybody; the API only from this machine.',
    parse: listenAddress,
  }),
  https: setting({
    name: 'LAB_PKI_HTTPS',
    fallback: 'off',
    unit: 'address:port or off',
    doc: 'HTTPS for the API and Swagger UI, with a certificate that the CA issues to itself and renews.',
    parse: listenAddressOrOff,
  }),
  httpsNames: setting({
    name: 'LAB_PKI_HTTPS_NAMES',
    fallback: '',
    unit: 'names and addresses, comma-separated',
    doc: 'What the HTTPS certificate is for. Empty: the host of LAB_PKI_PUBLIC_URL.',
    parse: hostNames,
  }),
  publicUrl: optional({
    name: 'LAB_PKI_PUBLIC_URL',
    unit: 'http:// URL',
    doc: 'Under which others reach plain HTTP; goes into every certificate (CRL and CA addresses) and cannot change later. Unset: http:// and the address of LAB_PKI_HTTP.',
    parse: publicUrl,
  }),
  adminToken: optional({
    name: 'LAB_PKI_ADMIN_TOKEN',
    unit: 'lpk_ and at least 43 base64url characters',
    doc: 'Text of the first admin token. Unset: the first start makes one and writes it to LAB_PKI_DATA/admin-token.',
    secret: true,
    parse: tokenText,
  }),
  trustedProxies: setting({
    name: 'LAB_PKI_TRUSTED_PROXIES',
    fallback: '',
    unit: 'addresses and CIDR blocks, comma-separated',
    doc: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    parse: cidrList,
  }),
  databaseUrl: optional({
    name: 'DATABASE_URL',
    unit: 'postgres:// URL',
    doc: 'A PostgreSQL server (15 or later) of yours. Unset: the embedded one, under LAB_PKI_DATA.',
    secret: true,
    parse: databaseUrl,
  }),
  caSubject: setting({
    name: 'LAB_PKI_CA_SUBJECT',
    fallback: 'CN=lab-PKI-CA',
    unit: 'RFC 4514 name',
    doc: 'Subject of the root; its CN has at most 30 characters (AnyConnect matches no more). First start only.',
    parse: caSubject,
  }),
  caKeyType: setting({
    name: 'LAB_PKI_CA_KEY_TYPE',
    fallback: 'rsa-3072',
    unit: ISSUER_KEY_KINDS.join(', '),
    doc: 'Kind of the CA keys. First start only.',
    parse: oneOf(ISSUER_KEY_KINDS),
  }),
  caTiers: setting({
    name: 'LAB_PKI_CA_TIERS',
    fallback: '1',
    unit: '1 or 2',
    doc: '1: the root issues. 2: a root, and an issuing CA under it. First start only.',
    parse: (text) => (oneOf(['1', '2'])(text) === '1' ? 1 : 2) as 1 | 2,
  }),
  caDays: setting({
    name: 'LAB_PKI_CA_DAYS',
    fallback: '3650',
    unit: 'days',
    doc: 'Lifetime of the root; the cap may shorten it. First start only.',
    parse: wholeNumber(2, MAX_CA_DAYS, 'days'),
  }),
  issuingCaSubject: setting({
    name: 'LAB_PKI_ISSUING_CA_SUBJECT',
    fallback: 'CN=lab-PKI-Issuing-CA',
    unit: 'RFC 4514 name',
    doc: 'Subject of the issuing CA, with two tiers. First start only.',
    parse: caSubject,
  }),
  issuingCaDays: setting({
    name: 'LAB_PKI_ISSUING_CA_DAYS',
    fallback: '1825',
    unit: 'days',
    doc: "Lifetime of the issuing CA, with two tiers; the root's end may shorten it. First start only.",
    parse: wholeNumber(2, MAX_CA_DAYS, 'days'),
  }),
  notAfterCap: setting({
    name: 'LAB_PKI_NOT_AFTER_CAP',
    // One second before a signed 32-bit count of seconds ends: an ASA takes nothing that is valid longer.
    fallback: '2038-01-19T03:14:06Z',
    unit: 'RFC 3339 moment in UTC, or off',
    doc: 'Latest end of every certificate; the default is the last that an ASA takes.',
    parse: instantOrOff,
  }),
  caPassphraseFile: optional({
    name: 'LAB_PKI_CA_PASSPHRASE_FILE',
    unit: 'file',
    doc: 'Holds the passphrase of the CA keys in its first line. Unset: a random one, in LAB_PKI_DATA.',
    parse: anyText,
  }),
  caPassphrase: optional({
    name: 'LAB_PKI_CA_PASSPHRASE',
    unit: 'text',
    doc: 'The passphrase of the CA keys itself, instead of a file.',
    secret: true,
    parse: anyText,
  }),
  backdateSeconds: setting({
    name: 'LAB_PKI_BACKDATE_SECONDS',
    fallback: '600',
    unit: 'seconds',
    doc: 'How far the start of certificates and CRLs lies back, for clients whose clock is behind.',
    parse: wholeNumber(0, MAX_BACKDATE_SECONDS, 'seconds'),
  }),
  crlDays: setting({
    name: 'LAB_PKI_CRL_DAYS',
    fallback: '7',
    unit: 'days',
    doc: 'From one publication of the CRL to the next.',
    parse: wholeNumber(1, MAX_CRL_DAYS, 'days'),
  }),
  crlOverlapHours: setting({
    name: 'LAB_PKI_CRL_OVERLAP_HOURS',
    fallback: '72',
    unit: 'hours',
    doc: 'How long a CRL is still valid after the next one was due: the time left to mend a failure.',
    parse: wholeNumber(1, MAX_CRL_OVERLAP_HOURS, 'hours'),
  }),
  templates: optional({
    name: 'LAB_PKI_TEMPLATES',
    unit: 'folder',
    doc: 'Further certificate templates (JSON files), beside those that come with the service.',
    parse: anyText,
  }),
  logLevel: setting({
    name: 'LAB_PKI_LOG_LEVEL',
    fallback: 'info',
    unit: 'fatal, error, warn, info, debug or trace',
    doc: 'How much the log on stderr says; debug adds a line per call, which costs a third of the speed.',
    parse: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
  }),
}

type Values = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> }

/** The parsed settings. `publicUrl` is always there: unset, it is made of `http`. */
export type Config = Omit<Values, OptionalField | 'publicUrl'> & {
  readonly [K in OptionalField]: Values[K] | undefined
} & { readonly publicUrl: string }
type OptionalField = 'adminToken' | 'databaseUrl' | 'caPassphraseFile' | 'caPassphrase' | 'templates'

/** One row of the table of settings, for people. */
export interface SettingDescription {
  readonly name: string
  readonly fallback: string | undefined
  readonly unit: string
  readonly doc: string
}

/** Name, default, unit and meaning of every setting, in the order of the table. */
export const SETTING_DESCRIPTIONS: readonly SettingDescription[] = Object.values(SETTINGS).map((s) => ({
  name: s.name,
  fallback: s.fallback === '' ? undefined : s.fallback,
  unit: s.unit,
  doc: s.doc,
}))
