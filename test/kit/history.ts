import type { AgreementHandle, World } from './world.js'

/** So many events of an agreement, as suspending it leaves one each: more than the API would make in a minute. */
export async function makeHistory(world: World, agreement: AgreementHandle, count: number): Promise<void> {
  const { tenantId } = agreement.customer.provider
  await world.sqlAsSuperuser(
    `with head as (update event_heads set sequence = sequence + $2 where tenant_id = $1 returning sequence - $2 as before)
     insert into events (tenant_id, sequence, id, type, customer_id, category, subject_kind, subject_id, subject_revision, agreement_id,
       actor_kind, actor_id, occurred_at, accepted_at, data)
     select $1, before + n, gen_random_uuid(), 'agreement.suspended', $3, 'CONTRACT', 'agr', $4, n, $4,
       'system', 'surety', surety_now(), surety_now(), jsonb_build_object('scopes', jsonb_build_array('BACKUP'))
     from head cross join generate_series(1, $2::int) as n`,
    [tenantId, count, agreement.customer.uuid, agreement.uuid],
  )
}
