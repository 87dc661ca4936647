/** One real request and its answer, shown wherever the documentation needs an example. Line breaks are LF. */

/** What an ASA's console printed: `examples/asa-enroll.txt`. */
export const EXAMPLE_CAPTURE = [
  'asa(config)# crypto ca enroll LAB_PKI',
  '% Start certificate enrollment ..',
  '% The subject name in the certificate will be: cn=vpn.lab.example,o=Lab,c=GB',
  '',
  '% The fully-qualified domain name in the certificate will be: vpn.lab.example',
  '',
  '% Include the device serial number in the subject name? [yes/no]: no',
  '',
  '% The IP address in the certificate is 203.0.113.1',
  '',
  'Display Certificate Request to terminal? [yes/no]: yes',
  'Certificate Request follows:',
  '-----BEGIN CERTIFICATE REQUEST-----',
  'MIIC8TCCAdkCAQAwbzELMAkGA1UEBhMCR0IxDDAKBgNVBAoTA0xhYjEYMBYGA1UE',
  'AxMPdnBuLmxhYi5leGFtcGxlMTgwGAYJKoZIhvcNAQkIEwsyMDMuMC4xMTMuMTAc',
  'BgkqhkiG9w0BCQIWD3Zwbi5sYWIuZXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQAD',
  'ggEPADCCAQoCggEBAJFU/gGqW6k6RyprvMh60IqXsiZTm3Kq36rKizfHtAOa8I0s',
  'GFhyY94sJRU1dG/gY43cyOFM4L0WcBHVKGfAAx6zBWV4OdX4LsmiwK1h6lGBAUmU',
  'AgFNZpLth+vAOBoYyl/+8JZrrqYppu7txw206XrcfrUInoiRiIgyXn8zKv3XirhB',
  'FHOtX0KEIhTNlvPUkMIgu1B6z0RDMRw8uOndCcXSIw/4rtpRAn+Me9PXG6vf5ZRZ',
  'B7wvCMlHuLKKvm2ubW+KLDSoZ7DWp9BdJ5Iq7vBTU5sftP2NqC+iuKKgC7mphPm5',
  'xw6Xg+uUdXsUkndfc6CwbDfxXvOufHqi3etUwLkCAwEAAaA9MDsGCSqGSIb3DQEJ',
  'DjEuMCwwDgYDVR0PAQH/BAQDAgWgMBoGA1UdEQQTMBGCD3Zwbi5sYWIuZXhhbXBs',
  'ZTANBgkqhkiG9w0BAQUFAAOCAQEAh1ix2uBBKxvkINQovR2wId4Uybqss5rVyFIR',
  'fJ59r6NIsBYSoZVd8eqB3nC2aFmqwp497/HU+zK1ARn6dYj/sFhsJJzjTnbWMLfb',
  '5TlrTJNBr5nk7bkqlbHgtsJSv7HRZGYXPJxgBVxs6Hw74A8/LobghjfL5u/Bgil9',
  'psY5hpQPVnbDiauZh7isc4+9rN4ktRu4QpmYn3Kei0qCGJsEsGcNA0uw4quJKmEh',
  'NuIXuAUcTeUH5q7e9xbWwS6pH2cjEHiVv1vxhiRp4SioVpZjNXK8FVoonXUgHjBR',
  'wO0JkmxjpsO0YPHMRWf5cE57+4wMH0CI9Ij6+o/6j0Pebohvvw==',
  '-----END CERTIFICATE REQUEST-----',
  '',
  'Redisplay enrollment request? [yes/no]: no',
  'asa(config)# ',
  '',
].join('\n')

const EXAMPLE_PEM = [
  '-----BEGIN CERTIFICATE-----',
  'MIIDbjCCAxSgAwIBAgIQXwwqnmsdTH+DouSQa30cNTAKBggqhkjOPQQDAjAVMRMw',
  'EQYDVQQDDApsYWItUEtJLUNBMB4XDTI2MTEyMzIzMzk0M1oXDTI4MTEyMjIzMzk0',
  'M1owbzELMAkGA1UEBhMCR0IxDDAKBgNVBAoTA0xhYjEYMBYGA1UEAxMPdnBuLmxh',
  'Yi5leGFtcGxlMTgwGAYJKoZIhvcNAQkIEwsyMDMuMC4xMTMuMTAcBgkqhkiG9w0B',
  'CQIWD3Zwbi5sYWIuZXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoC',
  'ggEBAJFU/gGqW6k6RyprvMh60IqXsiZTm3Kq36rKizfHtAOa8I0sGFhyY94sJRU1',
  'dG/gY43cyOFM4L0WcBHVKGfAAx6zBWV4OdX4LsmiwK1h6lGBAUmUAgFNZpLth+vA',
  'OBoYyl/+8JZrrqYppu7txw206XrcfrUInoiRiIgyXn8zKv3XirhBFHOtX0KEIhTN',
  'lvPUkMIgu1B6z0RDMRw8uOndCcXSIw/4rtpRAn+Me9PXG6vf5ZRZB7wvCMlHuLKK',
  'vm2ubW+KLDSoZ7DWp9BdJ5Iq7vBTU5sftP2NqC+iuKKgC7mphPm5xw6Xg+uUdXsU',
  'kndfc6CwbDfxXvOufHqi3etUwLkCAwEAAaOCAR8wggEbMA4GA1UdDwEB/wQEAwIF',
  'oDATBgNVHSUEDDAKBggrBgEFBQcDATAhBgkrBgEEAYI3FAIEFB4SAFcAZQBiAFMA',
  'ZQByAHYAZQByMBoGA1UdEQQTMBGCD3Zwbi5sYWIuZXhhbXBsZTAdBgNVHQ4EFgQU',
  'W5IqILkpP+SWwnZdb3Y6NPO6u/cwHwYDVR0jBBgwFoAUt4wv4EP4FSKsVpuVfuvJ',
  'dI/BCIAwNAYDVR0fBC0wKzApoCegJYYjaHR0cDovL3BraS5sYWIuZXhhbXBsZS9w',
  'a2kvcm9vdC5jcmwwPwYIKwYBBQUHAQEEMzAxMC8GCCsGAQUFBzAChiNodHRwOi8v',
  'cGtpLmxhYi5leGFtcGxlL3BraS9yb290LmNlcjAKBggqhkjOPQQDAgNIADBFAiBL',
  'RC13rfpg0iaPfDvRFHKkt3VZUE/hCWCpGWOduVpH3AIhAOovNDrpv7pIPQQ6vy87',
  'E9ed2U3dYOCDge/0ziG4cjsJ',
  '-----END CERTIFICATE-----',
  '',
].join('\n')

const EXAMPLE_SERIAL = '5f0c2a9e6b1d4c7f83a2e4906b7d1c35'

export const EXAMPLE_CERTIFICATE = {
  serial: EXAMPLE_SERIAL,
  status: 'valid',
  template: 'WebServer',
  issuer: 'CN=lab-PKI-CA',
  subject: 'unstructuredAddress=203.0.113.1+unstructuredName=vpn.lab.example,CN=vpn.lab.example,O=Lab,C=GB',
  subjectAltNames: ['dns:vpn.lab.example'],
  notBefore: '2026-11-23T23:39:43Z',
  notAfter: '2028-11-22T23:39:43Z',
  sha256: '333956f47fcfbd55e67480f3d9ae49b3a5579f0fcdc8258e872d21fa9da9a981',
  pem: EXAMPLE_PEM,
  requestId: 1,
}

export const EXAMPLE_REQUEST = {
  id: 1,
  status: 'issued',
  template: 'WebServer',
  requester: 'admin',
  submittedAt: '2026-11-23T23:49:43.120Z',
  ignored: [],
  warnings: [],
  nextSteps: [
    `fetch /v1/certificates/${EXAMPLE_SERIAL}?format=asa&trustpoint=LAB_PKI and paste it into the ASA`,
    `compare on the ASA: \`show crypto ca certificates LAB_PKI\` with /v1/certificates/${EXAMPLE_SERIAL}?format=text`,
  ],
  certificate: EXAMPLE_CERTIFICATE,
}

export const EXAMPLE_SUBMISSION = {
  csr: EXAMPLE_CAPTURE.slice(EXAMPLE_CAPTURE.indexOf('-----BEGIN'), EXAMPLE_CAPTURE.indexOf('\n\nRedisplay') + 1),
  template: 'WebServer',
  subjectAltNames: { dns: ['vpn.lab.example'], ip: ['203.0.113.1'] },
  trustpoint: 'LAB_PKI',
  comment: 'gateway in rack 3',
}

/** The finished paste for the console. */
export const EXAMPLE_ASA = `! certificate ${EXAMPLE_SERIAL}\ncrypto ca import LAB_PKI certificate\n${EXAMPLE_PEM}quit\n`

export const EXAMPLE_TEMPLATE = {
  name: 'WebServer',
  displayName: 'Web Server',
  description: 'Identity certificate of a server or an ASA: the name comes from the request, server authentication only.',
  default: true,
  validityDays: 730,
  keyUsage: { rsa: ['digitalSignature', 'keyEncipherment'], ec: ['digitalSignature'] },
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  subjectAltNames: ['dns', 'ip'],
  wildcards: true,
}

export const EXAMPLE_NEW_TOKEN = {
  name: 'vpn-team',
  role: 'requester',
  templates: ['WebServer', 'VPNGateway'],
  patterns: { dns: ['*.lab.example'], ip: ['203.0.113.0/24'], email: [], upn: [] },
}

export const EXAMPLE_TOKEN = { id: 2, ...EXAMPLE_NEW_TOKEN, wildcards: false, createdAt: '2026-11-23T23:50:00.000Z' }

export const EXAMPLE_AUDIT_EVENT = {
  writer: '0f8c1d52a7b34e90',
  sequence: 7,
  at: '2026-11-23T23:49:43.120Z',
  actor: 'admin',
  action: 'certificate.issued',
  object: EXAMPLE_SERIAL,
  detail: { requestId: 1, template: 'WebServer' },
  hash: '9b3e5d1c0a7f4286b5d39e04c8f7a6120d5b9c3e7f1a4d68c2b0e9f573a1d846',
}

export const EXAMPLE_FINGERPRINTS = {
  issuer: 'root',
  subject: 'CN=lab-PKI-CA',
  sha256: '33:39:56:F4:7F:CF:BD:55:E6:74:80:F3:D9:AE:49:B3:A5:57:9F:0F:CD:C8:25:8E:87:2D:21:FA:9D:A9:A9:81',
  sha1: '5D:11:E0:6B:57:7C:3D:44:0A:92:1E:C7:B1:60:37:0F:4B:8C:E2:19',
  md5Asa: 'ae7b21b0 3019a3f3 363d140a e322b988',
}
