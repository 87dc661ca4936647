-- Every process that writes audit events has a chain of its own, so that no lock stands between processes.
create table audit_writers (
  writer text not null constraint audit_writers_pkey primary key
    constraint audit_writers_writer_length check (length(writer) between 1 and 64),
  started_at timestamptz(3) not null,
  host text not null,
  pid integer not null
);

create table audit_events (
  writer text not null constraint audit_events_writer_fkey references audit_writers (writer),
  -- 1, 2, 3 … within the writer's chain, without a gap.
  sequence bigint not null constraint audit_events_sequence_positive check (sequence > 0),
  -- Milliseconds, so that the instant read back is the instant that was hashed.
  at timestamptz(3) not null,
  actor text not null,
  action text not null constraint audit_events_action_form check (action ~ '^[a-z-]+\.[a-z-]+$'),
  object text not null,
  detail jsonb not null constraint audit_events_detail_object check (jsonb_typeof(detail) = 'object'),
  -- SHA-256 over the predecessor's hash and this event.
  hash bytea not null constraint audit_events_hash_length check (length(hash) = 32),
  constraint audit_events_pkey primary key (writer, sequence)
);

-- Serves the list, newest first over all writers.
create index audit_events_at_writer_sequence_idx on audit_events (at, writer, sequence);

-- Rule: append only.
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger audit_events_append_only before update or delete or truncate on audit_events
  for each statement execute function audit_refuse_change();
create trigger audit_writers_append_only before update or delete or truncate on audit_writers
  for each statement execute function audit_refuse_change();
