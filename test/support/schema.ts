/** The schema of a database as text, read from the catalogs: the same on PostgreSQL 15 and 18. */
import type pg from 'pg'

/** One statement-like line per column, constraint, index, trigger and sequence, and every function's text. */
export async function describeSchema(client: pg.Pool): Promise<string> {
  const { rows } = await client.query<{ lines: string }>(SCHEMA)
  return `${rows.map((row) => row.lines).join('\n\n')}\n`
}

/** NOT NULL stands with its column: PostgreSQL 18 lists it among the constraints too (`n`), 15 does not. */
const SCHEMA = `
  with ours as (
    select c.oid, c.relname, c.relkind from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'S', 'v', 'm', 'p')
  ), parts as (
    select o.relname object, 1 part, lpad(a.attnum::text, 3, '0') place,
      format('  %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' else '' end,
        case when a.attidentity = 'a' then ' generated always as identity'
          when d.oid is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) line
    from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
    where o.relkind <> 'S'
    union all
    select o.relname, 2, k.conname, format('  constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
    from ours o join pg_constraint k on k.conrelid = o.oid where k.contype not in ('n', 't')
    union all
    select o.relname, 3, i.relname, '  ' || replace(pg_get_indexdef(x.indexrelid), current_schema() || '.', '')
    from ours o join pg_index x on x.indrelid = o.oid join pg_class i on i.oid = x.indexrelid
    where not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
    union all
    select o.relname, 4, t.tgname, '  ' || replace(pg_get_triggerdef(t.oid), current_schema() || '.', '')
    from ours o join pg_trigger t on t.tgrelid = o.oid where not t.tgisinternal
  ), objects as (
    select 1 kind, relname::text name,
      'table ' || relname || E'\\n' || (select string_agg(line, E'\\n' order by part, place collate "C") from parts where object = relname) lines
    from ours where relkind <> 'S'
    union all
    select 2, relname, format('sequence %s as %s start %s increment %s', relname, format_type(s.seqtypid, null), s.seqstart, s.seqincrement)
    from ours join pg_sequence s on s.seqrelid = ours.oid
    union all
    select 3, p.proname, 'function ' || p.proname || '() language ' || l.lanname || ' as' || p.prosrc
    from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = current_schema()::regnamespace
  )
  select trim(trailing from lines) lines from objects order by kind, name collate "C"`
