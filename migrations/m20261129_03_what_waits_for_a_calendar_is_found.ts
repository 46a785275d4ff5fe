import { Migration } from '@mikro-orm/migrations'

export class WhatWaitsForACalendarIsFound extends Migration {
  /** An index of a table in use is built beside its writers, which no transaction can. */
  override isTransactional(): boolean {
    return false
  }

  override up(): void {
    // What a build that was broken off left behind is no index.
    this.addSql('drop index concurrently if exists obligations_provisional_idx')
    this.addSql(
      'create index concurrently obligations_provisional_idx on obligations (tenant_id, jurisdiction, id) where provisional',
    )
    this.addSql('drop index concurrently if exists obligation_clock_events_pause_key')
    this.addSql(
      'create unique index concurrently obligation_clock_events_pause_key on obligation_clock_events (tenant_id, id) where id is not null',
    )
  }
}
