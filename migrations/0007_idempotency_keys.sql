-- Answers that are given again to the same `Idempotency-Key` of the same token.
create table idempotency_keys (
  token_id bigint not null constraint idempotency_keys_token_id_fkey references tokens (id),
  key text not null constraint idempotency_keys_key_length check (length(key) between 1 and 255),
  request_sha256 bytea not null constraint idempotency_keys_request_sha256_length check (length(request_sha256) = 32),
  status smallint not null constraint idempotency_keys_status_http check (status between 200 and 599),
  content_type text not null,
  body bytea not null,
  created_at timestamptz(3) not null,
  -- Rule: one answer per token and key. Serves the look-up.
  constraint idempotency_keys_pkey primary key (token_id, key)
);

-- Serves the removal of old ones.
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
