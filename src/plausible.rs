//! Whether the numbers and texts of a record are ones that a run can have.
//!
//! A record may come from anybody, and all that is shown of a run is worked out of its numbers. So every number in it
//! is looked at once, when it is read: those of today and those that are added one day, because a record is gone
//! through as it is written. The pipeline has a check of its own. Deliberately absent: whether the numbers are true.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

use crate::limits;

/// A number that no run has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Implausible {
    /// What it is a number of; empty where that is not known.
    field: &'static str,
    value: String,
}

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, which no run reaches", self.field, self.value)
    }
}

impl std::error::Error for Implausible {}

impl ser::Error for Implausible {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { field: "", value: message.to_string() }
    }
}

/// Looks at every number.
pub(crate) fn check(record: &impl Serialize) -> Result<(), Implausible> {
    record.serialize(&mut Numbers { field: "a number" })
}

/// Goes through a value as if it were written, and writes nothing.
struct Numbers {
    /// The field that is at hand.
    field: &'static str,
}

impl Numbers {
    fn whole(&self, value: u128) -> Result<(), Implausible> {
        if value <= u128::from(limits::RECORDED_NUMBER) { Ok(()) } else { Err(self.fault(value)) }
    }

    fn float(&self, value: f64) -> Result<(), Implausible> {
        let is_time = self.field.ends_with("secs");
        let least = if is_time { 0.0 } else { -limits::RECORDED_FLOAT };
        let is_plausible = (least..=limits::RECORDED_FLOAT).contains(&value);
        if is_plausible { Ok(()) } else { Err(self.fault(value)) }
    }

    fn fault(&self, value: impl fmt::Display) -> Implausible {
        Implausible { field: self.field, value: value.to_string() }
    }

    fn in_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Result<(), Implausible> {
        if field == "pipeline" {
            return Ok(());
        }
        let around = std::mem::replace(&mut self.field, field);
        value.serialize(&mut *self)?;
        self.field = around;
        Ok(())
    }
}

macro_rules! whole_numbers {
    ($($name:ident: $type:ty),+) => {
        $(fn $name(self, value: $type) -> Result<(), Implausible> { self.whole(value.into()) })+
    };
}

macro_rules! signed_numbers {
    ($($name:ident: $type:ty),+) => {
        $(fn $name(self, value: $type) -> Result<(), Implausible> { self.whole(value.unsigned_abs().into()) })+
    };
}

macro_rules! nothing_to_see {
    ($($name:ident($($argument:ty),*)),+) => {
        $(fn $name(self, $(_: $argument),*) -> Result<(), Implausible> { Ok(()) })+
    };
}

impl Serializer for &mut Numbers {
    type Ok = ();
    type Error = Implausible;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    whole_numbers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128);
    signed_numbers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);
    nothing_to_see!(
        serialize_bool(bool),
        serialize_char(char),
        serialize_bytes(&[u8]),
        serialize_none(),
        serialize_unit(),
        serialize_unit_struct(&'static str),
        serialize_unit_variant(&'static str, u32, &'static str)
    );

    fn serialize_str(self, text: &str) -> Result<(), Implausible> {
        let most = limits::RECORDED_TEXT_BYTES;
        if text.len() <= most { Ok(()) } else { Err(self.fault(format!("a text of more than {most} bytes"))) }
    }

    fn serialize_f32(self, value: f32) -> Result<(), Implausible> {
        self.float(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Implausible> {
        self.float(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Implausible> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Implausible> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Implausible> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Implausible> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Implausible> {
        Ok(self)
    }
}

macro_rules! elements {
    ($($kind:ident::$name:ident),+) => {
        $(impl ser::$kind for &mut Numbers {
            type Ok = ();
            type Error = Implausible;

            fn $name<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Implausible> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Implausible> {
                Ok(())
            }
        })+
    };
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! fields {
    ($($kind:ident),+) => {
        $(impl ser::$kind for &mut Numbers {
            type Ok = ();
            type Error = Implausible;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                field: &'static str,
                value: &T,
            ) -> Result<(), Implausible> {
                self.in_field(field, value)
            }

            fn end(self) -> Result<(), Implausible> {
                Ok(())
            }
        })+
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for &mut Numbers {
    type Ok = ();
    type Error = Implausible;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Implausible> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Implausible> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Implausible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Serialize)]
    struct Inner {
        at_secs: f64,
        x_um: Option<f64>,
    }

    #[derive(serde::Serialize)]
    enum Kind {
        Struct { bytes: u64 },
        Tuple(u64, f32),
        Newtype(Inner),
        Unit,
    }

    #[derive(serde::Serialize)]
    struct Outer {
        kinds: Vec<Kind>,
        map: BTreeMap<u64, Option<usize>>,
        pipeline: u64,
        text: String,
    }

    fn with(kinds: Vec<Kind>) -> Outer {
        Outer {
            kinds,
            map: BTreeMap::from([(1, None), (2, Some(3))]),
            pipeline: u64::MAX,
            text: "x".repeat(9),
        }
    }

    #[test]
    fn numbers_that_no_run_has_are_found_wherever_they_stand() {
        let most = limits::RECORDED_NUMBER;
        let inner = |at_secs, x_um| with(vec![Kind::Unit, Kind::Newtype(Inner { at_secs, x_um })]);
        let table = [
            (with(vec![Kind::Struct { bytes: most }, Kind::Tuple(0, -1.0)]), None),
            (inner(0.0, Some(-300.0)), None),
            (with(vec![Kind::Struct { bytes: most + 1 }]), Some("bytes")),
            (with(vec![Kind::Tuple(u64::MAX, 0.0)]), Some("kinds")),
            (with(vec![Kind::Tuple(0, f32::NAN)]), Some("kinds")),
            (inner(-0.1, None), Some("at_secs")),
            (inner(f64::INFINITY, None), Some("at_secs")),
            (inner(1.0, Some(f64::NAN)), Some("x_um")),
            (Outer { map: BTreeMap::from([(7, Some(usize::MAX))]), ..with(vec![]) }, Some("map")),
            (Outer { text: "x".repeat(limits::RECORDED_TEXT_BYTES + 1), ..with(vec![]) }, Some("text")),
        ];
        for (place, (value, expected)) in table.iter().enumerate() {
            assert_eq!(check(value).err().map(|fault| fault.field), *expected, "case {place}");
        }
    }
}
