//! Names, group and roles of a head layer's two tensors.

use candle_core::Var;

use crate::model::{Param, Role};

/// Learning-rate group of all heads.
const GROUP: u8 = 2;

/// `NAME.weight` and `NAME.bias`.
pub(super) fn two_params(name: &str, weight: (&Var, Role), bias: (&Var, Role)) -> Vec<Param> {
    [("weight", weight), ("bias", bias)]
        .map(|(field, (var, role))| Param {
            name: format!("{name}.{field}"),
            var: var.clone(),
            group: GROUP,
            role,
        })
        .into()
}
