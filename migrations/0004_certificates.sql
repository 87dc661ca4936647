-- What was issued. `expired` is a matter of the clock and never stored.
create table certificates (
  -- Order of issuance; the cursor of lists.
  id bigint generated always as identity constraint certificates_pkey primary key,
  -- Lower-case hex of 16 to 20 octets, positive, the first octet not zero (RFC 5280, 4.1.2.2).
  serial text not null constraint certificates_serial_form check (serial ~ '^(?!00)[0-7][0-9a-f]([0-9a-f]{2}){15,19}$'),
  state text not null default 'valid' constraint certificates_state_known check (state in ('valid', 'held', 'revoked')),
  issuer_id bigint not null constraint certificates_issuer_id_fkey references issuers (id),
  request_id bigint not null constraint certificates_request_id_fkey references requests (id),
  token_id bigint not null constraint certificates_token_id_fkey references tokens (id),
  requester text not null,
  template text not null,
  subject text not null,
  -- Every attribute value of the subject, and the whole subject, in lower case.
  subject_values text[] not null,
  subject_alt_names text[] not null,
  not_before timestamptz(3) not null,
  not_after timestamptz(3) not null,
  issued_at timestamptz(3) not null,
  sha256 bytea not null constraint certificates_sha256_length check (length(sha256) = 32),
  spki_sha256 bytea not null constraint certificates_spki_sha256_length check (length(spki_sha256) = 32),
  certificate_der bytea not null constraint certificates_certificate_der_present check (length(certificate_der) > 0),
  constraint certificates_validity_forward check (not_after > not_before),
  -- Rule: no serial twice in this installation, whichever issuer signed.
  constraint certificates_serial_key unique (serial),
  -- Rule: one certificate per request. Also serves the look-up of a request's serial.
  constraint certificates_request_id_key unique (request_id)
);

-- Each serves one filter of the list, newest first.
create index certificates_token_id_id_idx on certificates (token_id, id);
create index certificates_requester_id_idx on certificates (requester, id);
create index certificates_template_id_idx on certificates (template, id);
-- Nearly every certificate is valid: that list walks the primary key; the few others have their own index.
create index certificates_not_valid_idx on certificates (state, id) where state <> 'valid';
-- Serves the filters on expiry, which are listed by expiry.
create index certificates_not_after_id_idx on certificates (not_after, id);

-- Rules: what was issued never changes, a revoked certificate stays revoked, and an unexpired one is never removed.
create function certificates_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'an issued certificate is fixed, a revoked one stays revoked, and an unexpired one is never removed'
    using errcode = 'restrict_violation';
end
$$;
create trigger certificates_fixed
  before update of id, serial, issuer_id, request_id, token_id, requester, template, subject, subject_values,
    subject_alt_names, not_before, not_after, issued_at, sha256, spki_sha256, certificate_der on certificates
  for each row execute function certificates_refuse_change();
create trigger certificates_revoked_stays before update of state on certificates
  for each row when (old.state = 'revoked' and new.state <> 'revoked') execute function certificates_refuse_change();
create trigger certificates_unexpired_stays before delete on certificates
  for each row when (old.not_after > now()) execute function certificates_refuse_change();
create trigger certificates_no_truncate before truncate on certificates
  for each statement execute function certificates_refuse_change();
