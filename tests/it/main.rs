//! Integration tests: the program as it is called, its output as it is read.
//!
//! | module | holds the program to |
//! |---|---|
//! | `cases` | what the README of every sample case promises, and snapshots of its reports |
//! | `counting` | sums that must be equal |
//! | `short` | the report of one screen |
//! | `sameness` | the same bytes whatever threads, reading and order of arguments |
//! | `cuts` | the same sessions however a log is cut into files or its rows interleave |
//! | `digests` | the same report from digests, and what no digest is |
//! | `usage` | wrong use and broken input |
//! | `output` | whole files or none, closed pipes, colours, widths |
//! | `targets` | formats by ending, no input replaced, targets tried before the work, rights that stay |
//! | `standard_error` | nothing that changes if standard error cannot be written |
//! | `options` | period, connector, codes, tenants, exit codes |
//! | `schema` | the JSON Schemas that it prints itself |
//! | `formats` | the report as CSV, Markdown and HTML |
//! | `page_tops` | the sentences and numbers at the top of the page of sample cases |
//! | `pages` | pages of odd inputs, which `tests/browser.sh` opens in a browser |
//! | `fates` | what became of the mail of 60 generated weeks, by each input |
//! | `message_lists` | that list as a table, its sums, its limits, and what is missing |
//! | `messages` | what became of each message of the sample cases |
//! | `growth` | time that grows with the input, not with its square |
//! | `japanese` | `--lang ja`: sentences in Japanese, and nothing else in another way |
//! | `languages` | texts in English and Japanese, side by side |
//! | `layers` | the directions in which its modules may use each other |
//! | `edge_servers` | fixes that Edge servers take: on them, and by EdgeSync |
//! | `front_ends` | the end of a proxied session, which only the front end saw |
//! | `fix_servers` | the right servers and services in fixes, and where an incident is over |
//! | `fixes` | the same commands whatever connectors, servers and folders are called |
//! | `fixes_work` | commands that Exchange accepts, and that change something |
//! | `fleet` | the script that makes digests on many servers, and that it leaves nothing there |
//! | `hostile` | names from logs and exports that want to be more than text |
//! | `preflight` | what a renewal would change, and that no private key is read |
//! | `preflight_pages` | its answer as a page and as Markdown, for a change request |
//! | `explain` | what people have in front of them: replies, notices, near misses |
//! | `exports` | one tenant in every form of export |
//! | `powershell_exports` | every form in which PowerShell writes an export, live and deserialised |
//! | `queues` | mail that waits in queues, also where the log has no session at all |
//! | `parquet_files` | the records of NDJSON in the rows of a Parquet file |
//! | `pasted_exports` | exports out of tickets and mails, and what of them cannot be read |
//! | `reading` | copies from web pages and mails, other logs, logs without rows, and output of a console |
//! | `redact` | nothing of the input in redacted output, and the same diagnosis |
//! | `archives` | the report of the unpacked folder from an archive, and harmless hostile ones |
//! | `sources` | links, pipes, many files, long lines, files that shrink |
//! | `collect` | the script that it prints, and a folder as the script writes it |
//! | `documents` | what README, CONTRIBUTING and `docs/` show and name |
//! | `translations` | the same in `docs/ja/` as in the English pages |
//! | `stories` | what fixes must say in the stories of real people, and faults met elsewhere |
//! | `recipes` | the PowerShell recipes in `docs/` |
//! | `weeks` | what is wrong in 240 generated weeks, and nothing else |
//! | `windows` | paths, patterns, quotes and consoles of Windows, there and under Wine |
//!
//! `zip_file` writes archives, `program` runs it, `sample` knows the case folders, `corpus` writes
//! logs, `powershell` takes its script apart, `document` reads the documents, `generated` runs what examines
//! generated weeks.

mod archives;
mod cases;
mod collect;
mod corpus;
mod counting;
mod cuts;
mod digests;
mod document;
mod documents;
mod edge_servers;
mod explain;
mod exports;
mod fates;
mod fix_servers;
mod fixes;
mod fixes_work;
mod fleet;
mod formats;
mod front_ends;
mod generated;
mod growth;
mod hostile;
mod japanese;
mod languages;
mod layers;
mod message_lists;
mod messages;
mod options;
mod output;
mod page_tops;
mod pages;
#[cfg(feature = "parquet")]
mod parquet_files;
mod pasted_exports;
mod powershell;
mod powershell_exports;
mod preflight;
mod preflight_pages;
mod program;
mod queues;
mod reading;
mod recipes;
mod redact;
mod sameness;
mod sample;
mod schema;
mod short;
mod sources;
mod standard_error;
mod stories;
mod targets;
mod translations;
mod usage;
mod weeks;
#[cfg(windows)]
mod windows;
mod zip_file;
