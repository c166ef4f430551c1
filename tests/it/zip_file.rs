//! Writes zip archives for tests, honest and hostile ones.

use std::io::Write as _;

/// One member.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_deflated: bool,
    /// The archive says that it needs a password.
    pub(crate) is_encrypted: bool,
    /// The archive says another checksum.
    pub(crate) is_damaged: bool,
    /// Another length than that of `bytes`.
    pub(crate) said_len: Option<u32>,
    pub(crate) method: Option<u16>,
}

impl Member {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Member {
        Member {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            is_deflated: true,
            is_encrypted: false,
            is_damaged: false,
            said_len: None,
            method: None,
        }
    }

    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Member {
        Member {
            is_deflated: false,
            ..Member::new(name, bytes)
        }
    }
}

/// The bytes of an archive with these members.
pub(crate) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for member in members {
        let packed = if member.is_deflated {
            deflated(&member.bytes)
        } else {
            member.bytes.clone()
        };
        let mut checksum = crc32fast::hash(&member.bytes);
        if member.is_damaged {
            checksum ^= 1;
        }
        let method = member
            .method
            .unwrap_or(if member.is_deflated { 8 } else { 0 });
        let mut common = Vec::new();
        common.extend(20_u16.to_le_bytes());
        // UTF-8 names, and the password.
        let flags = 0x800 | u16::from(member.is_encrypted);
        common.extend(flags.to_le_bytes());
        common.extend(method.to_le_bytes());
        common.extend([0, 0, 0x21, 0x5D]);
        common.extend(checksum.to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        let len = member.said_len.unwrap_or(member.bytes.len() as u32);
        common.extend(len.to_le_bytes());
        common.extend((member.name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let offset = file.len() as u32;
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(member.name.as_bytes());
        file.extend(packed);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&common);
        list.extend([0; 10]);
        list.extend(offset.to_le_bytes());
        list.extend(member.name.as_bytes());
    }
    let (start, count) = (file.len() as u32, members.len() as u16);
    file.extend(&list);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend((list.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), level);
    writer.write_all(bytes).expect("compressed");
    writer.finish().expect("compressed")
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
    writer.write_all(bytes).expect("compressed");
    writer.finish().expect("compressed")
}

pub(crate) fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("compressed")
}
