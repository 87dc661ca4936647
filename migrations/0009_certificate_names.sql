-- Where a name occurs: every attribute value of a subject, the whole subject and every subjectAltName without its type, in
-- lower case, each once per certificate. A GIN index over arrays was tried instead: PostgreSQL expects 0.5 % of all rows to
-- hold any name it has no statistics for, so among a million it rather walked all of them by id than used that index. Here
-- the newest certificates with a name are read in order, be the name rare or in all of them.
create table certificate_names (
  name text not null,
  -- No foreign key: it would cost a check per name, and a row without its certificate is never shown.
  certificate_id bigint not null,
  constraint certificate_names_pkey primary key (name, certificate_id)
);
