//! The deal, said before anything is loaded: what it takes, what it costs, what it gives; and what the books say afterwards.

use throng_lend::fit;

use super::super::terms::Terms;
use super::{plain, processor};
use crate::words;

/// How much there is to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Download {
    /// The server is being asked.
    Asked,
    /// The server did not say.
    Unknown,
    /// This many bytes at most.
    Bytes(u64),
}

/// All of it in one sentence.
pub fn pitch(terms: &Terms, download: Download, anonymous: bool) -> String {
    let device = processor(terms.processor);
    let things = plain::things(&terms.crafts()).unwrap_or("nothing");
    let download = match download {
        Download::Asked => "a download whose size the server is being asked for".to_owned(),
        Download::Unknown => "a download whose size the server does not say".to_owned(),
        Download::Bytes(bytes) => format!("a download of up to {}", fit::size(bytes)),
    };
    let account = if anonymous {
        "; you have no account yet, so a nameless one is made and its key kept in this browser"
    } else {
        ""
    };
    format!(
        "It uses your {device}, some electricity and {download} to make {things} for strangers, and gives you kudos for each, \
         which put your own requests first{account}."
    )
}

/// What the server's books say, in hundredths: the balance, what is in escrow, both together before, and what was counted here.
pub fn ledger(kudos: i64, escrow: i64, had: Option<i64>, earned: i64) -> String {
    let held_back = if escrow > 0 {
        let escrow = words::kudos_of(escrow);
        format!(" and {escrow} in escrow (half of what a new owner earns is held back until the network trusts them)")
    } else {
        String::new()
    };
    let grown = had.filter(|_| earned != 0).map(|had| kudos + escrow - had);
    let compared = grown.map(|grown| {
        let word = if grown < 0 { "less" } else { "more" };
        // Where the person also asked for something, or the books are a second ahead, nothing is claimed.
        let agreed = if grown == earned { ", as counted here" } else { "" };
        format!(": {} {word} than before{agreed}", words::kudos_of(grown.abs()))
    });
    let (kudos, compared) = (words::kudos_of(kudos), compared.unwrap_or_default());
    format!("The ledger says {kudos} kudos{held_back}{compared}.")
}

#[cfg(test)]
mod tests {
    use throng_lend::messages::Processor;

    use super::*;

    #[test]
    fn the_deal_is_one_sentence_with_its_cost_and_its_gain() {
        let said = pitch(&Terms::default(), Download::Bytes(55_200_000), false);
        assert_eq!(
            said,
            "It uses your graphics card, some electricity and a download of up to 55 MB to make pictures and stories for \
             strangers, and gives you kudos for each, which put your own requests first."
        );
        let modest = Terms { processor: Processor::Cpu, pictures: false, ..Terms::default() };
        let said = pitch(&modest, Download::Asked, true);
        assert!(said.contains("your processor") && said.contains("to make stories for"), "{said}");
        assert!(said.contains("no account yet") && said.ends_with("in this browser."), "{said}");
    }

    #[test]
    fn the_ledger_agrees_where_nothing_else_moved() {
        assert_eq!(ledger(3_750, 0, Some(2_500), 0), "The ledger says 37.5 kudos.");
        assert_eq!(
            ledger(3_750, 0, Some(2_500), 1_250),
            "The ledger says 37.5 kudos: 12.5 more than before, as counted here."
        );
        assert_eq!(
            ledger(3_125, 625, Some(2_500), 1_250),
            "The ledger says 31.25 kudos and 6.25 in escrow (half of what a new owner earns is held back until the \
             network trusts them): 12.5 more than before, as counted here."
        );
        assert_eq!(ledger(2_400, 0, Some(2_500), 1_250), "The ledger says 24 kudos: 1 less than before.");
        assert_eq!(ledger(2_400, 0, None, 1_250), "The ledger says 24 kudos.");
    }
}
