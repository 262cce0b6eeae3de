//! Which names are those of the formats that are known by names, judged quickly, as every file is asked.
//!
//! A name that is one format's is no other's, however it reads. Deliberately absent: what a name says, which is in the patterns of
//! its format.

use crate::plate::folder::is_image;
use crate::plate::name_parts::{has, is_number, is_token, is_well, letters_of, stem};

/// Whether a name is that of an image of one of these formats, so that no other reader may take it for its own.
pub(in crate::plate::formats) fn is_named(name: &str) -> bool {
    [
        is_cellomics,
        is_embl,
        is_in_carta,
        is_in_cell,
        is_incucyte,
        is_leica_matrix,
        is_scan_r,
        is_squid,
        is_vitra,
    ]
    .iter()
    .any(|is_its| is_its(name))
}

pub(in crate::plate::formats) fn is_cellomics(name: &str) -> bool {
    is_image(name) && is_cellomics_part(name)
}

/// `A01f00d0` or `A01f00` after the last `_`, before the endings.
fn is_cellomics_part(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    let last = last.split('.').next().unwrap_or(last);
    let Some((well, rest)) = last.split_once('f') else { return false };
    let (field, channel) =
        rest.split_once(['d', 'o']).map_or((rest, None), |(field, channel)| (field, Some(channel)));
    (3..=4).contains(&well.len())
        && is_well(&well.to_ascii_uppercase())
        && (2..=3).contains(&field.len())
        && is_number(field)
        && channel.is_none_or(|channel| channel.len() <= 2 && is_number(channel))
}

pub(in crate::plate::formats) fn is_embl(name: &str) -> bool {
    has(name, "--C") && is_image(name) && letters_of(name).contains("W#--P#--T#--Z#--C#")
}

/// `t1_D04_s1_w1_z3`, alone or after a prefix: the time stands before the well, as in no other format.
pub(in crate::plate::formats) fn is_in_carta(name: &str) -> bool {
    let mut parts = stem(name).rsplit('_');
    let is_next = |part: Option<&str>, letter| part.is_some_and(|part| is_token(part, letter));
    is_next(parts.next(), 'z')
        && is_next(parts.next(), 'w')
        && is_next(parts.next(), 's')
        && parts.next().is_some_and(|well| is_well(&well.to_ascii_uppercase()))
        && is_next(parts.next(), 't')
        && is_image(name)
}

pub(in crate::plate::formats) fn is_in_cell(name: &str) -> bool {
    is_image(name) && (is_older(name) || is_newer(stem(name)))
}

/// `A - 1(fld 1 wv UV - DAPI)`.
fn is_older(name: &str) -> bool {
    has(name, "(fld ") && name.split_once(" - ").is_some_and(|(row, _)| row.len() <= 2)
}

/// `A_01_f2_c1_xUV_mDAPI_z3_t2`.
fn is_newer(stem: &str) -> bool {
    let mut parts = stem.split('_');
    let row = parts.next().filter(|row| row.len() <= 2 && row.bytes().all(|byte| byte.is_ascii_uppercase()));
    row.is_some_and(|row| !row.is_empty())
        && parts.next().is_some_and(|column| column.len() <= 2 && is_number(column))
        && parts.next().is_some_and(|field| is_token(field, 'f'))
        && parts.next().is_some_and(|channel| is_token(channel, 'c'))
}

pub(in crate::plate::formats) fn is_incucyte(name: &str) -> bool {
    if !is_image(name) {
        return false;
    }
    let stem = stem(name);
    is_exported(stem) || is_kept(stem)
}

/// `Phase_A2_1_03d06h40m` or `Phase_A2_1_2020y01m31d_00h00m`.
fn is_exported(stem: &str) -> bool {
    let mut parts = stem.rsplit('_');
    let last = parts.next().filter(|part| part.ends_with('m')).map(letters_of);
    let has_time = match last.as_deref() {
        Some("#d#h#m") => true,
        Some("#h#m") => parts.next().is_some_and(|part| letters_of(part) == "#y#m#d"),
        _ => false,
    };
    has_time && parts.next().is_some_and(is_number) && parts.next().is_some_and(is_well)
}

/// `A2-1-C1`.
fn is_kept(stem: &str) -> bool {
    let mut parts = stem.split('-');
    let light = |part: &str| part.strip_prefix(|c: char| c.is_ascii_uppercase()).map(str::to_owned);
    parts.next().is_some_and(is_well)
        && parts.next().is_some_and(is_number)
        && parts.next().and_then(light).is_some_and(|rest| rest.is_empty() || is_number(&rest))
        && parts.next().is_none()
}

pub(in crate::plate::formats) fn is_leica_matrix(name: &str) -> bool {
    name.starts_with("image--L") && has(name, "--U") && name.contains("--V") && is_image(name)
}

pub(in crate::plate::formats) fn is_scan_r(name: &str) -> bool {
    has(name, "--W") && is_image(name) && letters_of(name).contains("--W#--P#--Z#--T#--")
}

/// `A1_0_0_` and the name of a light as Squid writes it.
pub(in crate::plate::formats) fn is_squid(name: &str) -> bool {
    let mut parts = stem(name).splitn(4, '_');
    parts.next().is_some_and(is_well)
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number)
        && parts
            .next()
            .is_some_and(|light| light.starts_with("Fluorescence_") || light.starts_with("BF_LED_"))
        && is_image(name)
}

pub(in crate::plate::formats) fn is_vitra(name: &str) -> bool {
    if !name.starts_with("Channel") || !is_image(name) {
        return false;
    }
    let letters = letters_of(name);
    let rest = letters.strip_prefix("Channel").map(|rest| rest.trim_start_matches(' '));
    let row = rest.and_then(|rest| rest.strip_prefix("#-#-"));
    row.and_then(|row| row.split_once('-')).is_some_and(|(row, rest)| {
        (1..=2).contains(&row.len())
            && row.bytes().all(|byte| byte.is_ascii_uppercase())
            && (rest.starts_with("#.") || rest.starts_with("#-#."))
    })
}
