import { Migration } from '@mikro-orm/migrations'

export class OneClockDecides extends Migration {
  override up(): void {
    // A shift of the clock, or one instant that it stands at, for databases of tests and of the demo journey alone: no
    // role is granted this table, so only the owner's login can put a row into it.
    this.addSql(
      'create table clock_shift (id smallint primary key check (id = 1), shift interval not null, frozen_at timestamptz null)',
    )
    // Privilege rises here: the function reads the shift as its owner, since nobody else may. It takes no argument, and
    // its search path is fixed, so that no one can slip another table under it. Cut to the millisecond, never rounded.
    this.addSql(`
      create function surety_now() returns timestamptz language sql volatile parallel restricted security definer
      set search_path = pg_catalog, public, pg_temp
      as $$ select date_trunc('milliseconds', coalesce((select coalesce(frozen_at, clock_timestamp() + shift) from public.clock_shift where id = 1), clock_timestamp())) $$`)
    this.addSql('revoke all on function surety_now() from public')
    this.addSql('grant execute on function surety_now() to surety_app, surety_directory, surety_alarm')
  }
}
