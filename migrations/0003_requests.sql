-- What was asked for. Ids are handed out in blocks before the row exists, because the answer names them and the row and
-- its certificate are written in one statement; so the sequence stands alone.
create sequence requests_id_seq as bigint;

create table requests (
  id bigint not null constraint requests_pkey primary key,
  status text not null constraint requests_status_known check (status in ('issued', 'pending', 'denied', 'failed')),
  template text not null,
  token_id bigint not null constraint requests_token_id_fkey references tokens (id),
  -- Name of the token at the time of the request.
  requester text not null,
  submitted_at timestamptz(3) not null,
  csr_der bytea not null constraint requests_csr_der_present check (length(csr_der) > 0),
  spki_sha256 bytea not null constraint requests_spki_sha256_length check (length(spki_sha256) = 32),
  trustpoint text,
  comment text,
  ignored jsonb not null constraint requests_ignored_list check (jsonb_typeof(ignored) = 'array'),
  warnings jsonb not null constraint requests_warnings_list check (jsonb_typeof(warnings) = 'array'),
  next_steps jsonb not null constraint requests_next_steps_list check (jsonb_typeof(next_steps) = 'array')
);
alter sequence requests_id_seq owned by requests.id;

-- Each serves one filter of the list, newest first. Nearly every request is issued: that list walks the primary key.
create index requests_token_id_id_idx on requests (token_id, id);
create index requests_requester_id_idx on requests (requester, id);
create index requests_template_id_idx on requests (template, id);
create index requests_not_issued_idx on requests (status, id) where status <> 'issued';

-- Rule: what was asked, by whom and when, is never changed; only the decision is.
create function requests_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'a request is fixed once submitted; only its status changes, and an issued one stays issued'
    using errcode = 'restrict_violation';
end
$$;
create trigger requests_fixed
  before update of id, template, token_id, requester, submitted_at, csr_der, spki_sha256, trustpoint, comment on requests
  for each row execute function requests_refuse_change();
create trigger requests_issued_stays before update of status on requests
  for each row when (old.status = 'issued' and new.status <> 'issued') execute function requests_refuse_change();
