/** Something the caller should know although the request goes through. `code` is stable, `detail` a sentence with the remedy. */
export interface Warning {
  readonly code: WarningCode
  readonly detail: string
}

export const WARNING_CODES = [
  'ip-in-common-name',
  'name-from-common-name',
  'name-from-unstructured-name',
  'several-requests',
  'label-mismatch',
  'sha1-request',
  'validity-shortened',
  'public-url-loopback',
  'wildcard',
] as const

export type WarningCode = (typeof WARNING_CODES)[number]
