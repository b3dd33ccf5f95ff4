//! The suite that every backend of the store passes.
//!
//! A backend gives a [`Home`] per test and calls [`contract_tests!`](crate::contract_tests), which
//! makes one `#[test]` of each sentence. [`all`] runs them one after another, for who has no test
//! harness at hand. The clock is a parameter throughout; nothing here sleeps.
#![expect(
    clippy::unwrap_used,
    missing_docs,
    reason = "tests: each name says what it checks"
)]

pub mod audit;
pub mod balance;
pub mod captures;
pub mod closing;
pub mod codes;
pub mod conversation;
pub mod disowning;
pub mod diverting;
pub mod expiry;
pub mod exposure;
pub mod extending;
pub mod failures;
pub mod following_up;
pub mod gathering;
pub mod guesses;
pub mod handing;
pub mod languages;
pub mod leases;
pub mod openings;
pub mod operator;
pub mod outcomes;
pub mod purging;
pub mod reindexing;
pub mod reminding;
pub mod replies;
pub mod reports;
pub mod revocation;
pub mod rewrapping;
pub mod samples;
pub mod senders;
pub mod sent_copies;
pub mod sessions;
pub mod uses;

use std::future::Future;

use crate::{Guest, Store};

/// Where one store lives. It begins empty, and is gone when this value is dropped.
pub trait Home: Send + Sync + 'static {
    /// The backend under test.
    type Backend: Store + Guest + Clone;

    /// Opens the store. Opened again while the first handle lives, it stands for another process
    /// on the same store; after the first was dropped, for a restart.
    fn open(&self) -> impl Future<Output = Self::Backend> + Send;
}

/// Runs one case to its end, on a runtime of two threads.
pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime for the case");
    runtime.block_on(case);
}

macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        /// Runs the whole suite, each case on a store of its own.
        pub async fn all<P: Home>(fresh: impl Fn() -> P) {
            $($($module::$case(fresh()).await;)+)+
        }

        /// Makes a `#[test]` of every case: `contract_tests!(fresh)`, where `fresh()` gives a
        /// [`Home`](crate::contract::Home).
        #[macro_export]
        macro_rules! contract_tests {
            ($fresh:path) => {
                $($(
                    #[test]
                    fn $case() {
                        $crate::contract::run($crate::contract::$module::$case($fresh()));
                    }
                )+)+
            };
        }
    };
}

cases! {
    captures:
        a_capture_reads_back_whole,
        every_range_of_small_and_large_content_reads_back,
        a_capture_that_is_refused_leaves_nothing,
        a_capture_whose_task_is_about_nobody_is_refused,
        a_payload_has_as_much_room_as_is_said,
        a_held_recipient_without_a_sealed_message_is_refused,
        a_message_that_is_sent_again_is_stored_again_and_marked,
        what_is_sent_again_without_end_is_counted_up_to_a_hundred,
        content_that_no_capture_names_is_not_there,
        everything_is_there_after_a_restart,
        what_one_process_commits_the_other_sees,
        a_hundred_captures_at_once_are_all_stored,
        what_is_unknown_is_not_found;
    leases:
        passcodes_come_first_and_then_what_is_due_longest,
        no_more_tasks_are_leased_than_were_asked_for,
        a_task_is_leased_when_it_is_due_and_not_a_moment_before,
        a_leased_task_is_nobody_elses_until_its_lease_has_run_out,
        a_worker_whose_task_went_to_another_finishes_nothing,
        a_late_worker_whom_nobody_followed_may_still_finish,
        a_lease_is_finished_once,
        two_processes_never_lease_the_same_task,
        the_next_due_instant_is_the_earliest_of_tasks_and_leases,
        a_task_that_was_added_before_anybody_waited_is_reported,
        a_task_that_is_added_while_somebody_waits_is_reported,
        a_wake_up_is_not_lost_with_a_waiter_who_gave_up,
        leases_survive_a_restart,
        released_leases_are_due_at_once_and_their_workers_finish_nothing,
        what_a_clock_put_off_that_was_ahead_is_recalled_and_nothing_else;
    outcomes:
        a_retry_is_due_again_at_its_instant_with_one_more_failure,
        what_is_put_off_untried_is_due_again_without_a_failure,
        a_done_task_is_gone_and_its_recipient_has_its_end,
        the_first_end_of_a_recipient_stays,
        a_failed_task_is_never_leased_again,
        the_end_of_an_expiry_goes_to_every_held_recipient_that_has_none,
        passcodes_and_replies_end_no_recipient;
    audit:
        every_act_is_recorded_with_what_it_changed,
        an_act_that_cannot_be_recorded_is_not_done,
        a_reason_is_brought_under_another_key_and_keeps_its_key_alive;
    failures:
        failed_tasks_are_listed_the_latest_first_and_no_others,
        a_held_notice_that_is_retried_is_as_good_as_new,
        a_retry_wakes_a_worker,
        what_has_not_failed_or_is_unknown_is_not_retried,
        a_notice_without_its_payload_or_its_grant_is_not_retried,
        a_held_relay_copy_is_retried_and_one_whose_sender_was_told_is_not,
        a_failed_expiry_is_retried_and_leaves_others_ends,
        a_failed_delivery_is_retried_with_its_parts,
        a_passcode_is_retried_while_it_is_there;
    senders:
        a_senders_link_is_made_with_its_secret_in_the_task_and_that_goes_with_it,
        a_senders_link_is_good_for_as_long_as_the_last_grant_and_what_is_kept_longer,
        senders_codes_and_guesses_are_limited_as_recipients_are,
        a_senders_code_is_traded_once_however_many_ask,
        neither_a_code_nor_a_session_of_one_is_good_for_the_other,
        a_senders_session_lives_until_it_was_idle_too_long_or_its_end_comes,
        what_the_sender_withdraws_is_over_in_every_process_and_recorded_as_the_senders_act,
        what_became_of_each_recipient_is_told_step_by_step,
        a_message_that_is_forgotten_takes_its_senders_link_along;
    balance:
        what_was_accepted_is_what_ended_and_what_is_in_progress,
        a_recipient_whom_no_task_serves_any_more_is_stranded,
        a_refused_capture_is_not_counted,
        whatever_is_done_in_whatever_order_the_balance_adds_up;
    exposure:
        what_was_exposed_is_marked_the_first_time_and_stays_so,
        a_handle_that_nobody_has_is_answered_like_any_other;
    codes:
        each_code_that_is_asked_for_leaves_one_less_for_the_day,
        the_next_code_is_refused_a_moment_too_soon_and_given_on_time,
        a_new_day_gives_new_codes,
        a_clock_that_was_far_ahead_locks_nobody_out,
        no_code_is_given_when_the_grant_is_over_or_unknown,
        asking_for_a_code_adds_its_task_and_a_refusal_adds_none,
        a_code_that_is_gone_cannot_be_armed,
        a_code_is_redeemed_once_by_a_hundred_at_the_same_time,
        redeeming_ends_every_code_of_this_browser_and_of_no_other,
        a_code_is_redeemed_for_its_own_recipient_and_within_its_time_only,
        the_counts_of_the_day_survive_a_restart;
    guesses:
        a_browser_that_asked_for_no_code_is_told_to_ask,
        a_code_can_be_answered_once_it_is_armed_and_until_it_expires,
        the_sixth_guess_at_a_code_is_refused,
        a_hundred_guesses_at_the_same_time_are_five,
        the_twenty_first_wrong_guess_of_the_day_is_refused_in_every_browser,
        a_new_day_gives_new_guesses,
        the_two_newest_codes_can_be_answered_and_no_third,
        a_used_up_code_does_not_bring_back_an_older_one,
        a_right_guess_is_given_back,
        no_guess_is_taken_when_the_grant_is_over;
    sessions:
        a_session_lives_until_it_was_idle_too_long,
        a_session_that_is_used_lives_on_until_its_end,
        a_closed_session_is_gone_at_once_in_every_process,
        a_second_session_of_a_recipient_ends_no_other,
        a_session_ends_with_its_grant,
        sessions_survive_a_restart;
    languages:
        a_language_is_unknown_until_it_is_chosen_and_may_be_chosen_anew,
        a_language_holds_for_the_address_and_for_no_other,
        nobody_who_is_unknown_has_a_language;
    sent_copies:
        a_copy_is_there_from_the_commit_that_sends_its_reply,
        a_copy_that_is_put_again_replaces_the_earlier_one,
        a_copy_is_its_recipients_alone,
        a_reply_that_was_sent_takes_no_copy,
        a_copy_outlives_the_delivery_of_its_reply,
        a_copy_is_as_large_as_the_store_allows_and_no_larger,
        as_many_copies_are_kept_as_allowed_and_the_oldest_goes,
        copies_end_with_the_grant_and_no_one_elses_do,
        the_copy_of_a_reply_that_was_never_sent_goes_with_it,
        a_message_whose_replies_had_copies_is_forgotten_whole;
    conversation:
        a_later_message_is_listed_with_its_instant_and_reference,
        nobody_but_the_same_mailbox_is_told_of_a_later_message,
        a_message_that_names_nothing_of_ours_goes_on_for_nobody,
        a_message_that_names_itself_follows_nothing,
        a_reply_and_a_reply_address_name_the_message_that_was_answered,
        what_names_one_message_in_several_ways_is_listed_once,
        a_later_message_is_listed_once_its_notice_was_taken,
        what_was_withdrawn_disowned_or_is_over_is_listed_no_more,
        the_newest_later_messages_are_listed_the_oldest_first,
        no_more_recipients_are_looked_at_than_allowed,
        mailboxes_meet_under_any_kept_key,
        who_was_diverted_goes_on_and_is_gone_on_for,
        a_conversation_is_forgotten_with_either_message,
        a_refused_capture_goes_on_for_nobody;
    replies:
        a_reply_is_filled_sent_and_read_back,
        a_part_that_is_put_again_replaces_the_earlier_one,
        a_reply_is_its_recipients_alone,
        a_reply_is_sent_once_by_twenty_at_the_same_time,
        a_sent_reply_takes_no_more_parts,
        as_many_replies_are_open_as_allowed_and_no_more,
        an_unsent_reply_makes_room_after_a_day,
        no_more_replies_are_begun_in_a_day_than_the_store_allows,
        no_more_parts_and_octets_are_put_than_the_store_allows,
        the_content_of_a_delivered_reply_is_destroyed_and_its_record_stays,
        a_reply_that_failed_keeps_its_content;
    diverting:
        a_diverted_recipient_is_held_under_a_message_of_its_own,
        a_lease_that_was_lost_diverts_nobody,
        a_diversion_that_does_not_fit_its_lease_changes_nothing,
        the_copy_stays_for_the_others_and_goes_with_the_last,
        withdrawing_the_first_message_withdraws_who_was_diverted,
        a_diversion_under_a_closed_key_changes_nothing;
    expiry:
        nothing_ends_before_its_time,
        what_ended_is_destroyed_and_still_found_by_its_handle,
        expiring_twice_does_no_harm,
        a_relay_copy_goes_with_the_last_task_that_needs_it,
        a_held_relay_task_keeps_its_copy,
        an_escrow_grant_is_kept_as_long_as_a_grant_needs_the_message,
        a_guest_never_sees_a_relay_copy_or_an_escrow_grant;
    rewrapping:
        stale_values_are_listed_with_what_their_places_are_made_of,
        a_value_that_no_key_can_have_wrapped_is_listed_too,
        a_listing_goes_over_every_stale_value_once_in_the_order_of_ids,
        what_is_over_is_not_listed,
        rewrapped_values_take_the_place_of_the_old_ones,
        a_value_that_is_no_longer_the_old_one_is_left_as_it_is,
        two_rewrappers_at_once_replace_each_value_once;
    reindexing:
        a_reply_token_is_found_by_its_hash_under_any_kept_key,
        recipients_are_listed_until_their_hashes_are_under_the_fresh_key,
        stale_hashes_are_paged_through_in_the_order_of_ids,
        half_of_a_recipients_hashes_is_left_as_it_is,
        a_message_is_known_again_by_its_hashes_under_an_older_key,
        hashes_of_old_messages_are_forgotten_and_need_no_key_any_more;
    uses:
        a_key_that_nothing_needs_is_closed_and_one_in_use_is_not,
        share_and_metadata_keys_are_needed_by_what_is_wrapped_under_them,
        a_lookup_key_is_needed_by_recipients_and_messages,
        a_passcode_key_is_needed_until_the_last_code_has_expired,
        outbox_and_spool_keys_are_needed_until_the_work_is_done,
        a_reply_key_is_needed_by_live_grants_and_by_replies_on_their_way;
    closing:
        a_capture_under_a_closed_key_is_refused_and_leaves_nothing,
        a_capture_that_does_not_name_its_keys_is_refused,
        nothing_is_rewrapped_under_a_closed_key,
        nothing_is_hashed_anew_under_a_closed_key,
        no_code_is_armed_under_a_closed_key,
        no_task_of_a_guest_is_under_a_closed_key,
        a_closed_key_is_closed_in_every_process_and_for_good,
        a_capture_and_the_closing_of_its_key_never_both_go_through;
    revocation:
        what_is_revoked_is_destroyed_and_said_to_be,
        one_of_several_is_revoked_and_the_others_read_on,
        a_notice_that_is_being_sent_is_revoked_too,
        a_held_notice_is_not_put_back_after_a_revocation,
        who_was_notified_stays_so_when_revoked,
        a_grant_is_revoked_once_and_only_through_its_own_message,
        whose_time_was_over_is_left_to_the_expiry;
    reports:
        a_recipient_that_failed_stays_in_progress_until_the_sender_was_told,
        recipients_that_fail_together_are_told_of_together_and_later_ones_apart,
        a_sender_is_told_of_a_delay_once,
        a_sender_who_cannot_be_told_leaves_its_recipients_held_and_a_retry_takes_that_back,
        a_report_about_another_message_is_refused,
        a_bounce_moves_who_was_notified_once,
        a_bounce_whose_sender_may_not_be_told_holds_its_recipient,
        a_bounce_of_what_is_over_or_was_opened_changes_nothing,
        who_was_never_told_and_who_never_looked_run_out,
        an_expiry_leaves_the_end_of_who_is_reported_to_the_report;
    gathering:
        notices_beyond_the_limit_wait_and_go_together,
        a_notice_that_is_tried_again_is_not_counted_again,
        notices_to_others_do_not_wait,
        no_more_than_allowed_go_in_one_mail,
        what_went_together_bounces_together,
        what_failed_together_is_gathered_again;
    disowning:
        what_is_disowned_is_destroyed_and_its_sender_is_told_once,
        who_disowns_before_the_notice_ended_is_revoked_and_its_notice_goes,
        only_ones_own_live_grant_is_disowned,
        more_time_is_asked_for_once_in_a_day_of_each_recipient,
        damage_is_told_once_in_a_day_of_each_recipient;
    extending:
        who_gets_more_time_reads_on_and_ends_later,
        each_of_several_ends_at_its_own_time,
        nothing_is_extended_unless_all_of_it_fits,
        whoever_gives_more_time_has_the_message_looked_at_anew,
        what_a_follow_up_has_not_done_yet_is_not_passed_over,
        each_recipient_s_extensions_are_listed_and_the_newest_hundred_are_kept;
    handing:
        who_took_a_notice_or_a_copy_is_kept_with_its_recipient,
        the_first_fetch_of_each_session_is_recorded_and_the_newest_hundred_are_kept;
    reminding:
        a_recipient_is_told_again_once_an_hour_and_three_times_in_all,
        of_several_who_ask_at_once_one_is_heard,
        a_notice_that_has_not_left_is_tried_at_once_and_nothing_is_added,
        who_waits_for_a_windows_end_goes_on_waiting,
        nobody_is_told_again_who_has_nothing_to_open_or_has_opened_it;
    following_up:
        a_message_has_one_follow_up_however_many_notices_bring_one,
        a_task_that_is_done_for_this_time_comes_again_as_if_it_were_new,
        unread_is_what_can_be_read_and_is_not_known_to_have_been,
        reminders_are_gathered_with_reminders_and_notices_with_notices;
    openings:
        each_opening_is_recorded_with_its_instant_and_outlives_the_grant,
        the_newest_hundred_openings_are_kept_and_all_are_counted,
        whoever_was_diverted_is_listed_with_the_first_message,
        replies_are_listed_once_they_are_sent;
    operator:
        every_task_is_listed_but_expiries_that_only_wait,
        a_parked_task_is_held_and_put_back,
        a_dropped_task_is_due_at_once_and_says_so,
        only_what_has_a_sender_to_be_told_is_dropped,
        figures_count_tasks_by_kind;
    purging:
        a_message_is_forgotten_when_everything_about_it_is_over,
        what_a_person_has_to_look_at_is_kept,
        unsent_replies_are_swept_by_their_age;
}
