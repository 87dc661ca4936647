/** Every schema that has a name, for `addSchema`: the OpenAPI document holds each once. */
import { AuditEventSchema, AuditListSchema } from './audit.js'
import {
  AsaPasteSchema,
  CertificateListSchema,
  CertificateSchema,
  IgnoredSchema,
  RequestListSchema,
  RequestSchema,
  SubjectAltNamesSchema,
  SubmissionSchema,
  WarningSchema,
} from './certificate-schemas.js'
import { FingerprintsSchema } from './fingerprints.js'
import { HealthSchema } from './health.js'
import { FaultSchema, ProblemSchema } from './schemas.js'
import { TemplateListSchema, TemplateSchema } from './templates.js'
import { CreatedTokenSchema, NamePatternsSchema, NewTokenSchema, TokenListSchema, TokenSchema } from './token-schemas.js'

export const NAMED_SCHEMAS = [
  SubmissionSchema,
  SubjectAltNamesSchema,
  RequestSchema,
  RequestListSchema,
  CertificateSchema,
  CertificateListSchema,
  AsaPasteSchema,
  IgnoredSchema,
  WarningSchema,
  TemplateSchema,
  TemplateListSchema,
  NewTokenSchema,
  NamePatternsSchema,
  CreatedTokenSchema,
  TokenSchema,
  TokenListSchema,
  AuditEventSchema,
  AuditListSchema,
  FingerprintsSchema,
  HealthSchema,
  ProblemSchema,
  FaultSchema,
]
