//! What it earned: the sum, per job and per hour, minute by minute, and what the server's books say.

use leptos::prelude::*;
use throng_api::ApiKey;

use crate::lend::Lend;
use crate::lending::{Lending, chart, speech};
use crate::session::Who;
use crate::words;

/// What it earned.
pub fn earned(lend: Lend) -> AnyView {
    let total = lend.part(|lending| lending.earnings.total());
    let jobs = lend.part(|lending| lending.earnings.jobs());
    let begun = lend.part(|lending| lending.turn() > 0);
    let facts = Memo::new(move |_| facts(lend));
    let list = move || {
        let each = |(name, value): (&'static str, String)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
        facts.get().into_iter().map(each).collect_view()
    };
    view! {
        <section class="earned" aria-label="Earned">
            <p class="sum">
                <b id="lend-earned" data-hundredths=move || total.get().to_string()>
                    {move || words::kudos_of(total.get())}
                </b>
                " kudos earned with "
                <b id="lend-jobs" data-jobs=move || jobs.get().to_string()>
                    {move || words::counted(jobs.get() as u64, "job")}
                </b>
            </p>
            <dl class="facts">{list}</dl>
            <Show when=move || begun.get()>{minutes(lend)}</Show>
            {ledger(lend)}
        </section>
    }
    .into_any()
}

/// The numbers behind the sum; those that say nothing are left out.
fn facts(lend: Lend) -> Vec<(&'static str, String)> {
    let now = lend.now_ms.get();
    let kudos = |hundredths: i64| format!("{} kudos", words::kudos_of(hundredths));
    let many = |count: u32| (count > 0).then(|| words::thousands(u64::from(count)));
    let time = |ms: u64| words::span_ms(u32::try_from(ms).unwrap_or(u32::MAX));
    let facts = lend.lending.with(|lending| {
        let earnings = &lending.earnings;
        let hourly = earnings.per_hour(lending.lent_ms(now)).filter(|hourly| *hourly > 0);
        [
            ("Per job", earnings.per_job().map(kudos)),
            ("Per hour", hourly.map(kudos)),
            ("A job takes", earnings.time_of_a_job().map(time)),
            ("Done, but its reward was lost on the way here", many(earnings.unknown())),
            ("Came too late", many(earnings.wasted())),
            ("Failed", many(lending.faulted)),
            ("The last of them because", lending.last_fault.clone()),
        ]
    });
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The last minutes, drawn.
fn minutes(lend: Lend) -> AnyView {
    let bars = Memo::new(move |_| {
        let now = lend.now_ms.get();
        lend.lending.with(|lending| lending.bars(now))
    });
    let most = move || bars.with(|bars| bars.iter().copied().max().unwrap_or(0));
    view! {
        <figure class="minutes">
            <div class="bars" inner_html=move || bars.with(|bars| chart::svg(bars))></div>
            <figcaption>
                <span aria-hidden="true">
                    "The last 20 minutes of lending; the highest bar is " {move || words::kudos_of(most())} " kudos"
                </span>
                <span class="quiet">{move || bars.with(|bars| chart::said(bars))}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// What the books say, so that everybody can see that they agree.
fn ledger(lend: Lend) -> AnyView {
    let said = Memo::new(move |_| books(lend));
    let line = move || said.get().map(|said| view! { <p class="ledger" id="lend-ledger">{said}</p> });
    line.into_any()
}

fn books(lend: Lend) -> Option<String> {
    if lend.session.key.with(ApiKey::is_anonymous) {
        return None;
    }
    let Who::Known { kudos, escrow, .. } = lend.session.who.get() else { return None };
    let (kudos, escrow) = (words::hundredths_of(kudos), words::hundredths_of(escrow));
    if lend.is_own_account() {
        let (had, earned) = lend.lending.with(|lending| (lending.had_hundredths, lending.earnings.total()));
        return Some(speech::ledger(kudos, escrow, had, earned));
    }
    let said = speech::ledger(kudos, escrow, None, 0);
    let active = lend.lending.with(Lending::is_active);
    Some(if active { format!("{said} What is earned now goes to the account that lending began with.") } else { said })
}
