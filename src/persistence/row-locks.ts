import { type MikroORM, type NativeQueryBuilder, PostgreSqlNativeQueryBuilder } from '@mikro-orm/postgresql'

/**
 * `for no key update`, which MikroORM has no mode for. Plain `for update` also shuts out the share of a key that every
 * foreign key takes: a change that holds the tenant's event head and inserts an event about an agreement would wait for
 * whoever has that agreement locked, and that one waits for the event head. No row here changes its key or is deleted.
 */
class NoKeyLocks extends PostgreSqlNativeQueryBuilder {
  protected override addLockClause(): void {
    super.addLockClause()
    const clause = this.parts.lastIndexOf('for update')
    if (clause >= 0) this.parts[clause] = 'for no key update'
  }
}

/** From here on every row that the ORM locks for writing leaves its key free to be pointed at. */
export function lockWithoutKeys(orm: MikroORM): void {
  const platform = orm.em.getPlatform() as unknown as { createNativeQueryBuilder(): NativeQueryBuilder }
  platform.createNativeQueryBuilder = () => new NoKeyLocks(orm.em.getPlatform())
}
