-- Certification authorities of this installation: the root, and in two tiers the issuing CA. A renewed key is a new row.
create table issuers (
  id bigint generated always as identity constraint issuers_pkey primary key,
  slug text not null constraint issuers_slug_known check (slug in ('root', 'ca')),
  state text not null constraint issuers_state_known check (state in ('active', 'retired')),
  certificate_der bytea not null constraint issuers_certificate_der_present check (length(certificate_der) > 0),
  spki_sha256 bytea not null constraint issuers_spki_sha256_length check (length(spki_sha256) = 32),
  created_at timestamptz(3) not null,
  -- One key is one issuer: a certificate for the same key twice would make two CAs with one CRL scope.
  constraint issuers_spki_sha256_key unique (spki_sha256)
);

-- Rule: at most one active issuer per published path (`/pki/{slug}.crl`).
create unique index issuers_active_slug_key on issuers (slug) where state = 'active';
