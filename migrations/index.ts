import { WebhooksAreCursors } from './m20261130_01_webhooks_are_cursors.js'
import { ABreachIsClaimedAnsweredAndDecided } from './m20261129_10_a_breach_is_claimed_answered_and_decided.js'
import { OneClockDecides } from './m20261122_01_one_clock_decides.js'
import { TheDirectoryIsWhatMustBeKnownBeforeTheTenant } from './m20261122_02_the_directory_is_what_must_be_known_before_the_tenant.js'
import { PartiesAndPersonsBelongToATenant } from './m20261122_03_parties_and_persons_belong_to_a_tenant.js'
import { AgreementsHaveVersionsAndVersionsHaveClauses } from './m20261122_04_agreements_have_versions_and_versions_have_clauses.js'
import { WhatHappenedAndWhatIsToHappen } from './m20261122_05_what_happened_and_what_is_to_happen.js'
import { ADutyRunsOnAClock } from './m20261122_06_a_duty_runs_on_a_clock.js'
import { AMissedDutyIsABreachWithAPrice } from './m20261122_07_a_missed_duty_is_a_breach_with_a_price.js'
import { ACustomerAsksByTicket } from './m20261122_08_a_customer_asks_by_ticket.js'
import { ABackupIsOwedAtEverySlot } from './m20261122_10_a_backup_is_owed_at_every_slot.js'
import { WhatMaintenanceCosts } from './m20261122_11_what_maintenance_costs.js'
import { WhatIsOwedAndWhatWasPaid } from './m20261122_12_what_is_owed_and_what_was_paid.js'
import { WhoMaySeeWhatOfWhom } from './m20261122_13_who_may_see_what_of_whom.js'
import { WhatPersonsDecidedAndWhatAppsRead } from './m20261122_14_what_persons_decided_and_what_apps_read.js'
import { EveryListIsPagedByAnIndex } from './m20261128_60_every_list_is_paged_by_an_index.js'
import { EventsAreFoundByAge } from './m20261122_20_events_are_found_by_age.js'
import { ConnectedCallersAreAskedAgain } from './m20261122_21_connected_callers_are_asked_again.js'
import { DocumentsAreTrustedOncePublished } from './m20261128_41_documents_are_trusted_once_published.js'
import { TheDirectorySaysWhatChanged } from './m20261128_61_the_directory_says_what_changed.js'
import { KeysAreRotatedAndFetched } from './m20261128_62_keys_are_rotated_and_fetched.js'
import { ListsOfCallersArePagedByAnIndex } from './m20261128_63_lists_of_callers_are_paged_by_an_index.js'
import { TheStaffWallCostsNoIndex } from './m20261128_64_the_staff_wall_costs_no_index.js'
import { DaysArePublishedByVersion } from './m20261129_01_days_are_published_by_version.js'
import { ClocksCountByACalendar } from './m20261129_02_clocks_count_by_a_calendar.js'
import { WhatWaitsForACalendarIsFound } from './m20261129_03_what_waits_for_a_calendar_is_found.js'
import { HoursMayBeCountedInAServiceWindow } from './m20261129_04_hours_may_be_counted_in_a_service_window.js'
import { ATicketWaitsAndComesBack } from './m20261129_20_a_ticket_waits_and_comes_back.js'
import { ADutyMayBeginAnew } from './m20261129_21_a_duty_may_begin_anew.js'
import { ADueDayMayBePending } from './m20261129_05_a_due_day_may_be_pending.js'
import { LatePaymentAccrues } from './m20261130_30_late_payment_accrues.js'
import { FilesArePutOnTickets } from './m20261129_24_files_are_put_on_tickets.js'
import { TicketsAreFoundByWhatTheySay } from './m20261129_23_tickets_are_found_by_what_they_say.js'
import { AnAgreementIsAmendedAndRenewed } from './m20261129_22_an_agreement_is_amended_and_renewed.js'
import { AFindingBreaksAForbearance } from './m20261130_20_a_finding_breaks_a_forbearance.js'
import { WhatWasNeverSentIsForgotten } from './m20261130_21_what_was_never_sent_is_forgotten.js'

/** Every migration, in order. A name that is out never changes; a new one goes to the end. */
export const migrations = [
  { name: '2026-11-22 01 one clock decides', class: OneClockDecides },
  {
    name: '2026-11-22 02 the directory is what must be known before the tenant',
    class: TheDirectoryIsWhatMustBeKnownBeforeTheTenant,
  },
  { name: '2026-11-22 03 parties and persons belong to a tenant', class: PartiesAndPersonsBelongToATenant },
  {
    name: '2026-11-22 04 agreements have versions and versions have clauses',
    class: AgreementsHaveVersionsAndVersionsHaveClauses,
  },
  { name: '2026-11-22 05 what happened and what is to happen', class: WhatHappenedAndWhatIsToHappen },
  { name: '2026-11-22 06 a duty runs on a clock', class: ADutyRunsOnAClock },
  { name: '2026-11-22 07 a missed duty is a breach with a price', class: AMissedDutyIsABreachWithAPrice },
  { name: '2026-11-22 08 a customer asks by ticket', class: ACustomerAsksByTicket },
  { name: '2026-11-22 10 a backup is owed at every slot', class: ABackupIsOwedAtEverySlot },
  { name: '2026-11-22 11 what maintenance costs', class: WhatMaintenanceCosts },
  { name: '2026-11-22 12 what is owed and what was paid', class: WhatIsOwedAndWhatWasPaid },
  { name: '2026-11-22 13 who may see what of whom', class: WhoMaySeeWhatOfWhom },
  {
    name: '2026-11-22 14 what persons decided and what apps read',
    class: WhatPersonsDecidedAndWhatAppsRead,
  },
  { name: '2026-11-22 20 events are found by age', class: EventsAreFoundByAge },
  { name: '2026-11-22 21 connected callers are asked again', class: ConnectedCallersAreAskedAgain },
  { name: '2026-11-28 41 documents are trusted once published', class: DocumentsAreTrustedOncePublished },
  { name: '2026-11-28 60 every list is paged by an index', class: EveryListIsPagedByAnIndex },
  { name: '2026-11-28 61 the directory says what changed', class: TheDirectorySaysWhatChanged },
  { name: '2026-11-28 62 keys are rotated and fetched', class: KeysAreRotatedAndFetched },
  { name: '2026-11-28 63 lists of callers are paged by an index', class: ListsOfCallersArePagedByAnIndex },
  { name: '2026-11-28 64 the staff wall costs no index', class: TheStaffWallCostsNoIndex },
  { name: '2026-11-29 01 days are published by version', class: DaysArePublishedByVersion },
  { name: '2026-11-29 20 a ticket waits and comes back', class: ATicketWaitsAndComesBack },
  { name: '2026-11-29 21 a duty may begin anew', class: ADutyMayBeginAnew },
  { name: '2026-11-29 02 clocks count by a calendar', class: ClocksCountByACalendar },
  { name: '2026-11-29 03 what waits for a calendar is found', class: WhatWaitsForACalendarIsFound },
  {
    name: '2026-11-29 04 hours may be counted in a service window',
    class: HoursMayBeCountedInAServiceWindow,
  },
  {
    name: '2026-11-29 10 a breach is claimed, answered and decided',
    class: ABreachIsClaimedAnsweredAndDecided,
  },
  { name: '2026-11-29 05 a due day may be pending', class: ADueDayMayBePending },
  { name: '2026-11-29 22 an agreement is amended and renewed', class: AnAgreementIsAmendedAndRenewed },
  { name: '2026-11-29 23 tickets are found by what they say', class: TicketsAreFoundByWhatTheySay },
  { name: '2026-11-29 24 files are put on tickets', class: FilesArePutOnTickets },
  { name: '2026-11-30 20 a finding breaks a forbearance', class: AFindingBreaksAForbearance },
  { name: '2026-11-30 30 late payment accrues', class: LatePaymentAccrues },
  { name: '2026-11-30 21 what was never sent is forgotten', class: WhatWasNeverSentIsForgotten },
  { name: '2026-11-30 01 webhooks are cursors', class: WebhooksAreCursors },
]
