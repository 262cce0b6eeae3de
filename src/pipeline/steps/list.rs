//! What the list of steps makes of its entries.

/// Makes [`Step`], and what is done by each, of the list of steps: each with its file, the type of its
/// settings, and the way in which it is done.
macro_rules! list_of_steps {
    ($($(#[$doc:meta])* $file:ident :: $name:ident : $way:ident),+ $(,)?) => {
        $(pub use $file::$name;)+

        /// One operation with its settings.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Step {
            $($(#[$doc])* $name($name)),+
        }

        /// What one of the steps does, once it is known to what plate.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(super) enum AnyOperation {
            $($name(<$name as StepSettings>::Operation)),+
        }

        impl Step {
            /// How many steps there are.
            const COUNT: usize = [$(stringify!($name)),+].len();

            /// All steps with their usual settings, in the order in which they are best done.
            pub fn all() -> [Self; Self::COUNT] {
                [$(Self::$name($name::default())),+]
            }

            /// Whether each image of a group becomes its own result, in the same memory; else the group
            /// becomes one new image.
            pub fn works_in_place(&self) -> bool {
                match self {
                    $(Self::$name(_) => WayKind::$way == WayKind::InPlace),+
                }
            }

            pub(super) fn settings_of(&self) -> &dyn StepSettings {
                match self {
                    $(Self::$name(settings) => settings),+
                }
            }

            pub(super) fn settings_of_mut(&mut self) -> &mut dyn StepSettings {
                match self {
                    $(Self::$name(settings) => settings),+
                }
            }

            pub(super) fn operation(&self, around: &Surroundings<'_>) -> Result<AnyOperation, Unresolved> {
                match self {
                    $(Self::$name(settings) => settings.resolve(around).map(AnyOperation::$name)),+
                }
            }
        }

        impl AnyOperation {
            pub(super) fn way(&self) -> Way<'_> {
                match self {
                    $(Self::$name(operation) => Way::$way(operation)),+
                }
            }

            pub(super) fn any(&self) -> &dyn Operation {
                match self {
                    $(Self::$name(operation) => operation),+
                }
            }

            pub(super) fn any_mut(&mut self) -> &mut dyn Operation {
                match self {
                    $(Self::$name(operation) => operation),+
                }
            }
        }
    };
}

pub(super) use list_of_steps;
