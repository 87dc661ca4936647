/** What PostgreSQL does for a statement, from EXPLAIN with the statement's own values and real statistics. */
import type pg from 'pg'

/** Tables that grow with every issuance: no list may read one of them from end to end. */
export const BIG_TABLES: readonly string[] = ['requests', 'certificates', 'certificate_names', 'audit_events']

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly PlanNode[]
}

export interface QueryPlan {
  /** Big tables that are read from end to end. */
  readonly scanned: readonly string[]
  readonly indexes: readonly string[]
}

export async function explain(pool: pg.Pool, statement: { text: string; values: readonly unknown[] }): Promise<QueryPlan> {
  const { rows } = await pool.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>({
    text: `explain (format json) ${statement.text}`,
    values: [...statement.values],
  })
  const nodes = (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => flatten(Plan))
  return {
    scanned: nodes
      .filter((node) => node['Node Type'].endsWith('Seq Scan') && BIG_TABLES.includes(node['Relation Name'] ?? ''))
      .map((node) => node['Relation Name'] ?? ''),
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}
