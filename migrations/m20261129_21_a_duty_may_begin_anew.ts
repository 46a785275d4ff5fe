import { Migration } from '@mikro-orm/migrations'

export class ADutyMayBeginAnew extends Migration {
  /** An index of a table in use is built beside its writers, which no transaction can. */
  override isTransactional(): boolean {
    return false
  }

  override up(): void {
    // What a build that was broken off left behind is no index.
    this.addSql('drop index concurrently if exists obligations_round_key')
    this.addSql(
      'create unique index concurrently obligations_round_key on obligations (tenant_id, subject_id, kind, round)',
    )
    this.addSql('alter table obligations drop constraint obligations_subject_key')
    this.addSql(
      'alter table obligations add constraint obligations_subject_key unique using index obligations_round_key',
    )
  }
}
