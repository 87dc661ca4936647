-- Keys for which no certificate is issued any more: compromised, or blocked by an officer.
create table blocked_keys (
  spki_sha256 bytea not null constraint blocked_keys_pkey primary key
    constraint blocked_keys_spki_sha256_length check (length(spki_sha256) = 32),
  reason text not null constraint blocked_keys_reason_present check (length(reason) > 0),
  created_at timestamptz(3) not null
);
