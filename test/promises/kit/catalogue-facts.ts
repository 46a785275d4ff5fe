import type pg from 'pg'

/** What PostgreSQL's own catalogue says of a database, read as the superuser. */
export interface Catalogue {
  tables: Table[]
  policies: Policy[]
  keys: Key[]
  indexes: { table: string; name: string; leaky: string[] }[]
  grants: Grant[]
  functions: {
    name: string
    trigger: boolean
    definer: boolean
    searchPath: string | null
    mayExecute: string[]
  }[]
  /** Views, sequences and other relations that are no tables. */
  others: { kind: string; name: string; invoker: boolean }[]
  roles: Role[]
  memberships: { role: string; member: string; inherit: boolean; admin: boolean }[]
  /** What the app's roles own, create or are granted by default. */
  powers: { role: string; power: string }[]
}

export interface Table {
  name: string
  enabled: boolean
  forced: boolean
  columns: { name: string; type: string; notNull: boolean }[]
}

export interface Policy {
  table: string
  name: string
  permissive: boolean
  /** `*` is ALL; else r, a, w or d. */
  command: string
  roles: string[]
  using: string | null
  check: string | null
  subquery: boolean
}

export interface Key {
  table: string
  name: string
  kind: 'primary' | 'unique' | 'foreign'
  /** In the key's order; null for an expression. */
  columns: (string | null)[]
  target: string | null
  targetColumns: string[]
  valid: boolean
}

export interface Grant {
  table: string
  /** `PUBLIC` for everybody. */
  grantee: string
  privilege: string
  /** Null for the whole table. */
  column: string | null
}

export interface Role {
  name: string
  superuser: boolean
  bypasses: boolean
  creates: boolean
  login: boolean
  inherits: boolean
}

export type Sql = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>

/** `roles`: the app's login and its group roles. */
export async function readCatalogue(sql: Sql, roles: readonly string[]): Promise<Catalogue> {
  const names = [...roles]
  return {
    tables: await sql(TABLES),
    policies: await sql(POLICIES),
    keys: [
      ...(await sql<Key & pg.QueryResultRow>(UNIQUE_KEYS)),
      ...(await sql<Key & pg.QueryResultRow>(FOREIGN_KEYS)),
    ],
    indexes: await sql(INDEXES),
    grants: await sql(GRANTS),
    functions: await sql(FUNCTIONS),
    others: await sql(OTHERS),
    roles: await sql(ROLES, [names]),
    memberships: await sql(MEMBERSHIPS, [names]),
    powers: await sql(POWERS, [names]),
  }
}

/** Everything that is not PostgreSQL's own. */
const OURS = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'`

const TABLES = `
  select c.oid::regclass::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
    (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull) order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${OURS} order by 1`

const POLICIES = `
  select polrelid::regclass::text as table, polname as name, polpermissive as permissive, polcmd as command,
    (select array_agg(coalesce(r.rolname, 'PUBLIC')::text order by 1) from unnest(polroles) as each (oid) left join pg_roles r using (oid)) as roles,
    pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check,
    coalesce(polqual::text, '') || coalesce(polwithcheck::text, '') like '%SUBLINK%' as subquery
  from pg_policy order by 1, 2`

// By their indexes and not their constraints: a unique index is a key as well.
const UNIQUE_KEYS = `
  select i.indrelid::regclass::text as table, c.relname as name, case when i.indisprimary then 'primary' else 'unique' end as kind,
    array(select a.attname::text from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality as k (attnum, place)
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum order by k.place) as columns,
    null as target, '{}'::text[] as "targetColumns", i.indisvalid as valid
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  where (i.indisunique or i.indisexclusion) and ${OURS} order by 1, 2`

const FOREIGN_KEYS = `
  select f.conrelid::regclass::text as table, f.conname as name, 'foreign' as kind,
    array(select a.attname::text from unnest(f.conkey) with ordinality as k (attnum, place)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum order by k.place) as columns,
    f.confrelid::regclass::text as target,
    array(select a.attname::text from unnest(f.confkey) with ordinality as k (attnum, place)
          join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum order by k.place) as "targetColumns",
    f.convalidated as valid
  from pg_constraint f where f.contype = 'f' order by 1, 2`

// Under row-level security a condition reaches an index only when its operator can't leak what it compares.
const INDEXES = `
  select i.indrelid::regclass::text as table, c.relname as name,
    array(select distinct t.typname::text from unnest(i.indclass::oid[]) as k (opclass) join pg_opclass opc on opc.oid = k.opclass
          join pg_type t on t.oid = opc.opcintype
          where exists (select from pg_amop amop join pg_operator op on op.oid = amop.amopopr join pg_proc p on p.oid = op.oprcode
                        where amop.amopfamily = opc.opcfamily and amop.amoplefttype = opc.opcintype
                          and amop.amoprighttype = opc.opcintype and not p.proleakproof)) as leaky
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS} order by 1, 2`

const GRANTS = `
  select c.oid::regclass::text as table, coalesce(r.rolname, 'PUBLIC') as grantee, acl.privilege_type as privilege, acl.attname as column
  from (select oid as relation, null as attname, (aclexplode(relacl)).* from pg_class where relkind in ('r', 'p', 'v', 'm', 'f')
        union all
        select attrelid, attname::text, (aclexplode(attacl)).* from pg_attribute where attacl is not null) as acl
  join pg_class c on c.oid = acl.relation join pg_namespace n on n.oid = c.relnamespace left join pg_roles r on r.oid = acl.grantee
  where acl.grantee <> c.relowner and ${OURS} order by 1, 2, 3, 4`

const FUNCTIONS = `
  select p.proname as name, p.prorettype = 'trigger'::regtype as trigger, p.prosecdef as definer,
    (select each from unnest(p.proconfig) as each where each like 'search_path=%') as "searchPath",
    array(select coalesce(r.rolname, 'PUBLIC')::text from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
          left join pg_roles r on r.oid = acl.grantee where acl.grantee <> p.proowner order by 1) as "mayExecute"
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} order by 1`

const OTHERS = `
  select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'sequence' end as kind,
    c.oid::regclass::text as name, coalesce('security_invoker=true' = any (c.reloptions), false) as invoker
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm', 'f', 'S') and ${OURS} order by 1, 2`

const ROLES = `
  select rolname as name, rolsuper as superuser, rolbypassrls as bypasses, rolcreaterole or rolcreatedb or rolreplication as creates,
    rolcanlogin as login, rolinherit as inherits
  from pg_roles where rolname = any ($1) order by 1`

const MEMBERSHIPS = `
  select m.roleid::regrole::text as role, m.member::regrole::text as member, m.inherit_option as inherit, m.admin_option as admin
  from pg_auth_members m where m.member in (select oid from pg_roles where rolname = any ($1)) order by 1, 2`

const POWERS = `
  select r.rolname as role, 'owns ' || pg_describe_object(d.classid, d.objid, d.objsubid) as power
  from pg_shdepend d join pg_roles r on r.oid = d.refobjid
  where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and r.rolname = any ($1)
    and d.dbid in (0, (select oid from pg_database where datname = current_database()))
  union all
  select r.rolname, 'may create in the schema ' || n.nspname from pg_roles r, pg_namespace n
  where r.rolname = any ($1) and n.nspname not like 'pg\\_%' and has_schema_privilege(r.oid, n.oid, 'create')
  union all
  select r.rolname, 'may create schemas' from pg_roles r where r.rolname = any ($1) and has_database_privilege(r.oid, current_database(), 'create')
  union all
  select coalesce(r.rolname, 'PUBLIC'), 'is granted ' || acl.privilege_type || ' on whatever is made next'
  from pg_default_acl d, aclexplode(d.defaclacl) as acl left join pg_roles r on r.oid = acl.grantee where acl.grantee <> d.defaclrole
  order by 1, 2`
