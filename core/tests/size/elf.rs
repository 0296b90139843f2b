//! As much of ELF as it takes to add up the sections that are code.

const FLAG_EXECUTABLE: u64 = 4;
const LITTLE_ENDIAN_64: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];

/// Bytes of machine code in an object file; `None` if it is not a little-endian ELF of 64 bits.
pub(crate) fn code_size(file: &[u8]) -> Option<u64> {
    if !file.starts_with(&LITTLE_ENDIAN_64) {
        return None;
    }
    let sections = usize::try_from(number(file, 0x28, 8)?).ok()?;
    let entry = usize::try_from(number(file, 0x3a, 2)?).ok()?;
    let count = usize::try_from(number(file, 0x3c, 2)?).ok()?;
    let mut code = 0;
    for section in (0..count).map(|index| sections + index * entry) {
        let flags = number(file, section + 0x08, 8)?;
        if flags & FLAG_EXECUTABLE != 0 {
            code += number(file, section + 0x20, 8)?;
        }
    }
    Some(code)
}

fn number(file: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let bytes = file.get(at..at + bytes)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

#[test]
fn what_is_no_elf_is_refused() {
    assert_eq!(code_size(b"!<arch>\n"), None);
    assert_eq!(code_size(&LITTLE_ENDIAN_64), None);
}

/// The program that runs this test has code.
#[test]
fn a_program_has_code() {
    let program = std::env::current_exe().and_then(std::fs::read).expect("this program");
    assert!(code_size(&program).expect("an ELF of 64 bits") > 10_000);
}
