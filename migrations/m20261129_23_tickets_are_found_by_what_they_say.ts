import { Migration } from '@mikro-orm/migrations'
import { customerOwned } from './walls-of-2026-11.js'

export class TicketsAreFoundByWhatTheySay extends Migration {
  override up(): void {
    this.addSql(`create table ticket_bigrams (
        tenant_id uuid not null,
        bigram bigint not null,
        ticket_id uuid not null,
        customer_id uuid not null,
        primary key (tenant_id, bigram, ticket_id)
      )`)
    // Walls are forced on the owner as well, and no migration works for any tenant: taken down for this statement alone.
    this.addSql('alter table tickets no force row level security')
    // As `tickets/ticket-search.ts` does for a new one: pairs of neighbouring characters, none across a space.
    this.addSql(`insert into ticket_bigrams (tenant_id, bigram, ticket_id, customer_id)
        select distinct tenant_id, (ascii(substr(said, place, 1))::bigint << 21) | ascii(substr(said, place + 1, 1)), id, customer_id
        from (
          select tenant_id, id, customer_id, lower(normalize(left(subject || E'\\n' || description, 1301), NFKC) collate "C") as said from tickets
        ) as ticket
        cross join lateral generate_series(1, length(said) - 1) as place
        where substr(said, place, 2) !~ '\\s'`)
    this.addSql('alter table tickets force row level security')
    this.addSql(
      'alter table ticket_bigrams add constraint ticket_bigrams_ticket_id_fkey foreign key (tenant_id, customer_id, ticket_id) references tickets (tenant_id, customer_id, id)',
    )
    for (const sql of customerOwned('ticket_bigrams', { customer: 'customer_id', category: "'TICKET'" }))
      this.addSql(sql)
    this.addSql('grant select, insert on ticket_bigrams to surety_app')
  }
}
