-- Every CRL that was published.
create table crls (
  issuer_id bigint not null constraint crls_issuer_id_fkey references issuers (id),
  -- CRLNumber (RFC 5280, 5.2.3).
  number bigint not null constraint crls_number_not_negative check (number >= 0),
  this_update timestamptz(3) not null,
  next_publish timestamptz(3) not null,
  next_update timestamptz(3) not null,
  crl_der bytea not null constraint crls_crl_der_present check (length(crl_der) > 0),
  constraint crls_pkey primary key (issuer_id, number),
  constraint crls_times_forward check (this_update < next_update and next_publish <= next_update)
);

-- Rule: what was published is never changed.
create function crls_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'a published CRL is never changed' using errcode = 'restrict_violation';
end
$$;
create trigger crls_fixed before update or truncate on crls for each statement execute function crls_refuse_change();
