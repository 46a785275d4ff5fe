import { Migration } from '@mikro-orm/migrations'

export class ClocksCountByACalendar extends Migration {
  override up(): void {
    this.addSql(`alter table agreements add column jurisdiction varchar(6) not null default 'CN'`)
    this.addSql(`alter table obligations
        add column counting jsonb null,
        add column jurisdiction varchar(6) null,
        add column calendar varchar(40) null,
        add column provisional boolean not null default false,
        alter column unit type varchar(12)`)
    this.addSql(`alter table obligation_clock_events
        add column id uuid null,
        add column reason varchar(16) null,
        add column cause_id uuid null,
        add column calendar varchar(40) null,
        add column fact varchar(12) null,
        add column corrects smallint null,
        add column evidence varchar(2000) null`)
    // Walls are forced on the owner as well: taken down for these two alone, which work for every tenant.
    this.addSql('alter table obligation_clock_events no force row level security')
    this.addSql(
      `update obligation_clock_events set id = gen_random_uuid(), reason = 'SUSPENSION' where type = 'PAUSED'`,
    )
    this.addSql(`update obligation_clock_events set type = 'UNDONE' where type = 'REOPENED'`)
    this.addSql('alter table obligation_clock_events force row level security')
  }
}
