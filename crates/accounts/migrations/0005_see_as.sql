-- As which other reader the person sees now: public, council or supplier. NULL: as themselves.
ALTER TABLE session ADD COLUMN see_as TEXT;
