//! A raw map as a NumPy array file (format 1.0, <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

/// NumPy wants the data to start at a multiple of this.
const ALIGNMENT: usize = 64;
/// Magic, version and header length.
const PREFIX: usize = 10;

/// The file's bytes: little-endian float32, row-major. NumPy itself writes the keys of the header in alphabetical order and reads them
/// in any: by the order is one of these arrays told from the user's own (`catalog::output`). `shape`: of two axes or more.
pub fn encode(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let mut header = format!(
        "{{'shape': ({}), 'fortran_order': False, 'descr': '<f4', }}",
        axes.join(", ")
    );
    let length = (PREFIX + header.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX;
    header.extend(std::iter::repeat_n(' ', length - 1 - header.len()));
    header.push('\n');
    let mut bytes = Vec::with_capacity(PREFIX + length + values.len() * 4);
    bytes.extend(b"\x93NUMPY\x01\x00");
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_aligned_and_names_shape_and_type() {
        let bytes = encode(&[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.5]);
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((PREFIX + length) % ALIGNMENT, 0);
        let header = std::str::from_utf8(&bytes[PREFIX..PREFIX + length]).unwrap();
        assert!(header.contains("'shape': (2, 3)") && header.ends_with('\n'));
        assert_eq!(bytes.len(), PREFIX + length + 24);
        assert_eq!(bytes[bytes.len() - 4..], 5.5f32.to_le_bytes());
    }
}
