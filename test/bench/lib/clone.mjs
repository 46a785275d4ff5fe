/**
 * Rows as the application made them, multiplied in SQL: each new row is one row of the demo's with some of its columns
 * said anew. So a column that a later migration adds is right here too.
 *
 * @param client a superuser's: row-level security isn't asked
 * @param table the table to fill
 * @param model a condition that finds the row to copy, the oldest of them
 * @param source what follows `from`: a set with a row for each new one, whose columns the expressions may use
 * @param columns SQL expressions by column; `model` is the copied row
 */
export async function clone(client, table, { model, source, columns }) {
  const { rows } = await client.query(
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  )
  const names = rows.map(row => row.name)
  for (const name of Object.keys(columns))
    if (!names.includes(name)) throw new Error(`${table} has no column ${name}`)
  const values = names.map(name => columns[name] ?? `model."${name}"`)
  const { rowCount } = await client.query(
    `insert into ${table} (${names.map(name => `"${name}"`).join(', ')})
     select ${values.join(', ')} from (select * from ${table} where ${model} order by ctid limit 1) as model cross join ${source}`,
  )
  if (rowCount === 0) throw new Error(`nothing was loaded into ${table}: has the demo changed?`)
  return rowCount
}

/**
 * Ids in the order of their numbers, as UUID version 7 are in the order of time: `bench_id(kind, n)`. And no triggers or
 * foreign keys while loading, which would look up for each row what is right by construction.
 */
export async function prepareLoading(client) {
  await client.query(`set synchronous_commit = off; set session_replication_role = replica; set work_mem = '256MB'`)
  await client.query(`
    create or replace function pg_temp.bench_id(kind int, n bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' || substr(md5(kind || '/' || n), 1, 15))::uuid
    $$`)
}
