table audit_events
  writer text not null
  sequence bigint not null
  at timestamp(3) with time zone not null
  actor text not null
  action text not null
  object text not null
  detail jsonb not null
  hash bytea not null
  constraint audit_events_action_form CHECK ((action ~ '^[a-z-]+\.[a-z-]+$'::text))
  constraint audit_events_detail_object CHECK ((jsonb_typeof(detail) = 'object'::text))
  constraint audit_events_hash_length CHECK ((length(hash) = 32))
  constraint audit_events_pkey PRIMARY KEY (writer, sequence)
  constraint audit_events_sequence_positive CHECK ((sequence > 0))
  constraint audit_events_writer_fkey FOREIGN KEY (writer) REFERENCES audit_writers(writer)
  CREATE INDEX audit_events_at_writer_sequence_idx ON audit_events USING btree (at, writer, sequence)
  CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()

table audit_writers
  writer text not null
  started_at timestamp(3) with time zone not null
  host text not null
  pid integer not null
  constraint audit_writers_pkey PRIMARY KEY (writer)
  constraint audit_writers_writer_length CHECK (((length(writer) >= 1) AND (length(writer) <= 64)))
  CREATE TRIGGER audit_writers_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_writers FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()

table blocked_keys
  spki_sha256 bytea not null
  reason text not null
  created_at timestamp(3) with time zone not null
  constraint blocked_keys_pkey PRIMARY KEY (spki_sha256)
  constraint blocked_keys_reason_present CHECK ((length(reason) > 0))
  constraint blocked_keys_spki_sha256_length CHECK ((length(spki_sha256) = 32))

table certificate_names
  name text not null
  certificate_id bigint not null
  constraint certificate_names_pkey PRIMARY KEY (name, certificate_id)

table certificates
  id bigint not null generated always as identity
  serial text not null
  state text not null default 'valid'::text
  issuer_id bigint not null
  request_id bigint not null
  token_id bigint not null
  requester text not null
  template text not null
  subject text not null
  subject_values text[] not null
  subject_alt_names text[] not null
  not_before timestamp(3) with time zone not null
  not_after timestamp(3) with time zone not null
  issued_at timestamp(3) with time zone not null
  sha256 bytea not null
  spki_sha256 bytea not null
  certificate_der bytea not null
  constraint certificates_certificate_der_present CHECK ((length(certificate_der) > 0))
  constraint certificates_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES issuers(id)
  constraint certificates_pkey PRIMARY KEY (id)
  constraint certificates_request_id_fkey FOREIGN KEY (request_id) REFERENCES requests(id)
  constraint certificates_request_id_key UNIQUE (request_id)
  constraint certificates_serial_form CHECK ((serial ~ '^(?!00)[0-7][0-9a-f]([0-9a-f]{2}){15,19}$'::text))
  constraint certificates_serial_key UNIQUE (serial)
  constraint certificates_sha256_length CHECK ((length(sha256) = 32))
  constraint certificates_spki_sha256_length CHECK ((length(spki_sha256) = 32))
  constraint certificates_state_known CHECK ((state = ANY (ARRAY['valid'::text, 'held'::text, 'revoked'::text])))
  constraint certificates_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
  constraint certificates_validity_forward CHECK ((not_after > not_before))
  CREATE INDEX certificates_not_after_id_idx ON certificates USING btree (not_after, id)
  CREATE INDEX certificates_not_valid_idx ON certificates USING btree (state, id) WHERE (state <> 'valid'::text)
  CREATE INDEX certificates_requester_id_idx ON certificates USING btree (requester, id)
  CREATE INDEX certificates_template_id_idx ON certificates USING btree (template, id)
  CREATE INDEX certificates_token_id_id_idx ON certificates USING btree (token_id, id)
  CREATE TRIGGER certificates_fixed BEFORE UPDATE OF id, serial, issuer_id, request_id, token_id, requester, template, subject, subject_values, subject_alt_names, not_before, not_after, issued_at, sha256, spki_sha256, certificate_der ON certificates FOR EACH ROW EXECUTE FUNCTION certificates_refuse_change()
  CREATE TRIGGER certificates_no_truncate BEFORE TRUNCATE ON certificates FOR EACH STATEMENT EXECUTE FUNCTION certificates_refuse_change()
  CREATE TRIGGER certificates_revoked_stays BEFORE UPDATE OF state ON certificates FOR EACH ROW WHEN (((old.state = 'revoked'::text) AND (new.state <> 'revoked'::text))) EXECUTE FUNCTION certificates_refuse_change()
  CREATE TRIGGER certificates_unexpired_stays BEFORE DELETE ON certificates FOR EACH ROW WHEN ((old.not_after > now())) EXECUTE FUNCTION certificates_refuse_change()

table crls
  issuer_id bigint not null
  number bigint not null
  this_update timestamp(3) with time zone not null
  next_publish timestamp(3) with time zone not null
  next_update timestamp(3) with time zone not null
  crl_der bytea not null
  constraint crls_crl_der_present CHECK ((length(crl_der) > 0))
  constraint crls_issuer_id_fkey FOREIGN KEY (issuer_id) REFERENCES issuers(id)
  constraint crls_number_not_negative CHECK ((number >= 0))
  constraint crls_pkey PRIMARY KEY (issuer_id, number)
  constraint crls_times_forward CHECK (((this_update < next_update) AND (next_publish <= next_update)))
  CREATE TRIGGER crls_fixed BEFORE UPDATE OR TRUNCATE ON crls FOR EACH STATEMENT EXECUTE FUNCTION crls_refuse_change()

table idempotency_keys
  token_id bigint not null
  key text not null
  request_sha256 bytea not null
  status smallint not null
  content_type text not null
  body bytea not null
  created_at timestamp(3) with time zone not null
  constraint idempotency_keys_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255)))
  constraint idempotency_keys_pkey PRIMARY KEY (token_id, key)
  constraint idempotency_keys_request_sha256_length CHECK ((length(request_sha256) = 32))
  constraint idempotency_keys_status_http CHECK (((status >= 200) AND (status <= 599)))
  constraint idempotency_keys_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
  CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys USING btree (created_at)

table issuers
  id bigint not null generated always as identity
  slug text not null
  state text not null
  certificate_der bytea not null
  spki_sha256 bytea not null
  created_at timestamp(3) with time zone not null
  constraint issuers_certificate_der_present CHECK ((length(certificate_der) > 0))
  constraint issuers_pkey PRIMARY KEY (id)
  constraint issuers_slug_known CHECK ((slug = ANY (ARRAY['root'::text, 'ca'::text])))
  constraint issuers_spki_sha256_key UNIQUE (spki_sha256)
  constraint issuers_spki_sha256_length CHECK ((length(spki_sha256) = 32))
  constraint issuers_state_known CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text])))
  CREATE UNIQUE INDEX issuers_active_slug_key ON issuers USING btree (slug) WHERE (state = 'active'::text)

table requests
  id bigint not null
  status text not null
  template text not null
  token_id bigint not null
  requester text not null
  submitted_at timestamp(3) with time zone not null
  csr_der bytea not null
  spki_sha256 bytea not null
  trustpoint text
  comment text
  ignored jsonb not null
  warnings jsonb not null
  next_steps jsonb not null
  constraint requests_csr_der_present CHECK ((length(csr_der) > 0))
  constraint requests_ignored_list CHECK ((jsonb_typeof(ignored) = 'array'::text))
  constraint requests_next_steps_list CHECK ((jsonb_typeof(next_steps) = 'array'::text))
  constraint requests_pkey PRIMARY KEY (id)
  constraint requests_spki_sha256_length CHECK ((length(spki_sha256) = 32))
  constraint requests_status_known CHECK ((status = ANY (ARRAY['issued'::text, 'pending'::text, 'denied'::text, 'failed'::text])))
  constraint requests_token_id_fkey FOREIGN KEY (token_id) REFERENCES tokens(id)
  constraint requests_warnings_list CHECK ((jsonb_typeof(warnings) = 'array'::text))
  CREATE INDEX requests_not_issued_idx ON requests USING btree (status, id) WHERE (status <> 'issued'::text)
  CREATE INDEX requests_requester_id_idx ON requests USING btree (requester, id)
  CREATE INDEX requests_template_id_idx ON requests USING btree (template, id)
  CREATE INDEX requests_token_id_id_idx ON requests USING btree (token_id, id)
  CREATE TRIGGER requests_fixed BEFORE UPDATE OF id, template, token_id, requester, submitted_at, csr_der, spki_sha256, trustpoint, comment ON requests FOR EACH ROW EXECUTE FUNCTION requests_refuse_change()
  CREATE TRIGGER requests_issued_stays BEFORE UPDATE OF status ON requests FOR EACH ROW WHEN (((old.status = 'issued'::text) AND (new.status <> 'issued'::text))) EXECUTE FUNCTION requests_refuse_change()

table schema_migrations
  name text not null
  sha256 bytea not null
  applied_at timestamp(3) with time zone not null default now()
  constraint schema_migrations_pkey PRIMARY KEY (name)

table tokens
  id bigint not null generated always as identity
  name text not null
  role text not null
  hash bytea not null
  templates text[]
  patterns jsonb not null
  wildcards boolean not null
  created_at timestamp(3) with time zone not null
  expires_at timestamp(3) with time zone
  last_used_at timestamp(3) with time zone
  revoked_at timestamp(3) with time zone
  constraint tokens_hash_key UNIQUE (hash)
  constraint tokens_hash_length CHECK ((length(hash) = 32))
  constraint tokens_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint tokens_patterns_object CHECK ((jsonb_typeof(patterns) = 'object'::text))
  constraint tokens_pkey PRIMARY KEY (id)
  constraint tokens_role_known CHECK ((role = ANY (ARRAY['admin'::text, 'officer'::text, 'requester'::text, 'mdm'::text, 'auditor'::text])))
  CREATE TRIGGER tokens_fixed BEFORE UPDATE OF id, name, role, hash, templates, patterns, wildcards, created_at, expires_at ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_refuse_change()
  CREATE TRIGGER tokens_revoked_stays BEFORE UPDATE OF revoked_at ON tokens FOR EACH ROW WHEN (((old.revoked_at IS NOT NULL) AND (new.revoked_at IS DISTINCT FROM old.revoked_at))) EXECUTE FUNCTION tokens_refuse_change()

sequence certificates_id_seq as bigint start 1 increment 1

sequence issuers_id_seq as bigint start 1 increment 1

sequence requests_id_seq as bigint start 1 increment 1

sequence tokens_id_seq as bigint start 1 increment 1

function audit_refuse_change() language plpgsql as
begin
  raise exception 'the audit trail is append-only' using errcode = 'restrict_violation';
end


function certificates_refuse_change() language plpgsql as
begin
  raise exception 'an issued certificate is fixed, a revoked one stays revoked, and an unexpired one is never removed'
    using errcode = 'restrict_violation';
end


function crls_refuse_change() language plpgsql as
begin
  raise exception 'a published CRL is never changed' using errcode = 'restrict_violation';
end


function requests_refuse_change() language plpgsql as
begin
  raise exception 'a request is fixed once submitted; only its status changes, and an issued one stays issued'
    using errcode = 'restrict_violation';
end


function tokens_refuse_change() language plpgsql as
begin
  raise exception 'a token is fixed once made, and a revoked one stays revoked' using errcode = 'restrict_violation';
end

