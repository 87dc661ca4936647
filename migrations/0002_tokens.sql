-- Bearer tokens. Only the SHA-256 of a token's text is kept (the text has at least 256 random bits).
create table tokens (
  id bigint generated always as identity constraint tokens_pkey primary key,
  name text not null constraint tokens_name_length check (length(name) between 1 and 200),
  role text not null constraint tokens_role_known check (role in ('admin', 'officer', 'requester', 'mdm', 'auditor')),
  hash bytea not null constraint tokens_hash_length check (length(hash) = 32),
  -- Null: every template.
  templates text[],
  -- Per type of name a list of patterns; an absent type means any name of it.
  patterns jsonb not null constraint tokens_patterns_object check (jsonb_typeof(patterns) = 'object'),
  wildcards boolean not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  -- Serves authentication: one look-up per call.
  constraint tokens_hash_key unique (hash)
);

-- Rule: a revoked token stays revoked, and what a token may do is fixed when it is made.
create function tokens_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'a token is fixed once made, and a revoked one stays revoked' using errcode = 'restrict_violation';
end
$$;
create trigger tokens_fixed before update of id, name, role, hash, templates, patterns, wildcards, created_at, expires_at on tokens
  for each row execute function tokens_refuse_change();
create trigger tokens_revoked_stays before update of revoked_at on tokens
  for each row when (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
  execute function tokens_refuse_change();
